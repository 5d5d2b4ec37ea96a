# SPDX-License-Identifier: Apache-2.0
import datetime

from nova.notifications.objects import base as nova_notifications
from nova.objects import base as nova_base
from oslo_utils.fixture import uuidsentinel as uuids
from oslo_versionedobjects import fixture
from oslotest import base

from nova_live_tune.notifications import objects
from nova_live_tune.notifications.changes import CONFIGURED, Change
from nova_live_tune.tests.unit import fakes
from nova_live_tune.tests.unit.notifications import bus

#: Whoever changes what is in an object raises its version: others read it.
FINGERPRINTS = {
    'InstanceLiveTuneNotification': '1.0-a074ec56bb6637d2d8f6961e107d6d40',
    'InstanceLiveTunePayload': '1.0-ab34d14fa13cf3fd4725ec593f175790',
    'LiveTuneChangePayload': '1.0-601a150a2c5091d38549590e7d91d52d',
    'LiveTuneEventType': '1.0-4fed04881e7aa0e70286ea668653d37b',
    'LiveTuneKnobPayload': '1.0-b94951a999b9a7866f2b70ece7446521',
}

CLASSES = (
    objects.LiveTuneEventType,
    objects.LiveTuneKnobPayload,
    objects.LiveTuneChangePayload,
    objects.InstanceLiveTunePayload,
    objects.InstanceLiveTuneNotification,
)


def _data(payload):
    return payload.obj_to_primitive()['nova_object.data']


class RegistryTest(base.BaseTestCase):
    def test_all_are_novas_notification_objects(self):
        known = nova_base.NovaObjectRegistry.notification_classes
        for cls in CLASSES:
            self.assertIn(cls, known)

    def test_they_are_in_a_namespace_of_their_own(self):
        for cls in CLASSES:
            self.assertEqual('nova_live_tune', cls.OBJ_PROJECT_NAMESPACE)
            self.assertFalse(hasattr(nova_notifications, cls.__name__))

    def test_versions(self):
        checker = fixture.ObjectVersionChecker(
            {cls.obj_name(): [cls] for cls in CLASSES}
        )
        expected, actual = checker.test_hashes(
            FINGERPRINTS, extra_data_func=_schema
        )
        self.assertEqual(expected, actual)


def _schema(cls):
    return (sorted(getattr(cls, 'SCHEMA', {}).items()),)


class EventTypeTest(base.BaseTestCase):
    def test_phases_beyond_novas(self):
        for phase in ('start', 'end', 'error', 'drift', 'expired'):
            event = objects.LiveTuneEventType('instance', 'live_tune', phase)
            self.assertEqual(
                f'instance.live_tune.{phase}',
                event.to_notification_event_type_field(),
            )

    def test_nothing_else(self):
        for action, phase in (('live_tune', 'middle'), ('pause', 'start')):
            self.assertRaises(
                ValueError,
                objects.LiveTuneEventType,
                'instance',
                action,
                phase,
            )


class ChangeTest(base.BaseTestCase):
    def _of(self, device, *limits, **kwargs):
        return _data(
            objects.LiveTuneChangePayload.of(Change(device, *limits, **kwargs))
        )

    def test_an_interface(self):
        data = self._of(
            fakes.nic(), {'inbound_average': 5}, {'inbound_average': 7}
        )
        (knob,) = data.pop('knobs')
        self.assertEqual(
            {
                'name': 'inbound.average',
                'unit': 'KiB/s',
                'before': 5,
                'after': 7,
            },
            knob['nova_object.data'],
        )
        self.assertEqual(
            {
                'target': 'interface',
                'port_id': fakes.PORTS[0],
                'mac_address': fakes.MACS[0],
                'device': None,
                'volume_id': None,
                'scope': 'running',
            },
            data,
        )

    def test_a_volume_in_the_configuration(self):
        disk = fakes.disk(volume_id=uuids.volume)
        data = self._of(disk, {}, {'total_iops_sec': None}, scope=CONFIGURED)
        self.assertEqual('vda', data['device'])
        self.assertEqual(uuids.volume, data['volume_id'])
        self.assertEqual('configured', data['scope'])
        (knob,) = data['knobs']
        self.assertIsNone(knob['nova_object.data']['before'])
        self.assertIsNone(knob['nova_object.data']['after'])


class PayloadTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        # Nova takes nothing over from a server unless it is wanted.
        self.useFixture(bus.BusFixture())

    def test_the_server(self):
        instance = fakes.instance(display_name='web-1')
        payload = objects.InstanceLiveTunePayload.of(instance, action='x')
        self.assertEqual(
            {
                'uuid': uuids.server,
                'display_name': 'web-1',
                'user_id': 'user',
                'tenant_id': 'project',
                'host': 'here',
                'action': 'x',
            },
            _data(payload),
        )

    def test_nothing_more_of_it_is_loaded(self):
        instance = fakes.instance()
        self.assertFalse(instance.obj_attr_is_set('display_name'))
        payload = objects.InstanceLiveTunePayload.of(instance)
        self.assertIsNone(payload.display_name)

    def test_until_is_in_utc(self):
        until = datetime.datetime(2026, 11, 21, 18)
        payload = objects.InstanceLiveTunePayload.of(
            fakes.instance(), until=until
        )
        self.assertEqual('2026-11-21T18:00:00Z', _data(payload)['until'])

    def test_fault(self):
        self.assertIsNone(objects.fault(None))
        try:
            raise ZeroDivisionError('by 0')
        except ZeroDivisionError as error:
            data = _data(objects.fault(error))
        self.assertEqual('ZeroDivisionError', data['exception'])
        self.assertEqual('by 0', data['exception_message'])
        self.assertEqual('test_fault', data['function_name'])
