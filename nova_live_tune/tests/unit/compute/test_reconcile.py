# SPDX-License-Identifier: Apache-2.0
"""Reconciling by example; tests/property has whole histories."""

import fixtures
import nova.conf
from nova import exception, objects
from nova.tests.fixtures import libvirt as fakelibvirt
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune.compute import reconcile
from nova_live_tune.compute.store import Kept
from nova_live_tune.metrics import table
from nova_live_tune.tests.unit import fakes
from nova_live_tune.tests.unit.fakes import CONFIG, LIVE

_KEPT = Kept(3, {'cpu': 'q=5000'})


class Tuner:
    """A host whose running guests are in a dict."""

    def __init__(self):
        self.guests = {}
        self.listings = 0
        #: Called while the guests are listed.
        self.meanwhile = lambda: None

    def all_running(self):
        self.listings += 1
        found = dict(self.guests)
        self.meanwhile()
        return found

    def running(self, instance):
        return self.guests.get(instance.uuid)


class ReconcileTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        self.log = self.useFixture(fixtures.FakeLogger())
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', fakelibvirt))
        self.useFixture(
            patch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version', lambda: 2
            )
        )
        self.useFixture(patch('time.monotonic', lambda: self.now))
        self.now = 1000.0
        mock = fixtures.MockPatchObject
        self.save = self.useFixture(mock(objects.Instance, 'save')).mock
        self.list = self.useFixture(
            mock(objects.InstanceList, 'get_by_filters')
        ).mock
        self.list.side_effect = self._list
        self.read = self.useFixture(mock(objects.Instance, 'get_by_uuid')).mock
        self.read.side_effect = lambda _, uuid, **kw: self.instances[uuid]
        self.bdms = self.useFixture(
            mock(
                objects.BlockDeviceMappingList,
                'get_by_instance_uuid',
                return_value=[fakes.bdm('/dev/vda')],
            )
        ).mock
        self.recorded = self.useFixture(
            mock(reconcile.record, 'put_back')
        ).mock
        self.announced = self.useFixture(
            mock(reconcile.announce, 'drift')
        ).mock
        self.metrics = self.useFixture(mock(reconcile.counting, 'count')).mock
        self.instances = {}
        self.tuner = Tuner()
        self.heard = {}
        self.reconciler = reconcile.Reconciler(
            'here', lambda: self.tuner, self.heard.__setitem__
        )
        self.addCleanup(self._check_what_is_told)

    def _check_what_is_told(self):
        """What is counted is a metric, and what is recorded announced."""
        counted = [metric for ((metric,), _) in self.metrics.call_args_list]
        for what, metric in table.RECONCILING.items():
            self.assertEqual(
                self.reconciler.counts[what], counted.count(metric), what
            )
        self.assertEqual(
            [(c.args[0], c.args[-1]) for c in self.recorded.call_args_list],
            [(c.args[0], c.args[-1]) for c in self.announced.call_args_list],
        )

    def _list(self, context, filters, expected_attrs):
        return [
            self.instances[u] for u in filters['uuid'] if u in self.instances
        ]

    def options(self, **options):
        for name, value in options.items():
            nova.conf.CONF.set_override(name, value, 'live_tune')
            self.addCleanup(nova.conf.CONF.clear_override, name, 'live_tune')

    def boot(self, uuid=uuids.server, kept=_KEPT, copied=None, **attrs):
        """Add a server with its guest; return the two."""
        instance = fakes.instance(uuid=uuid, **attrs)
        if kept is not None:
            kept.put_into(instance)
        guest = fakes.Guest()
        if copied is not None:
            guest.copies.append(copied)
        self.instances[uuid] = instance
        self.tuner.guests[uuid] = guest
        return instance, guest

    def settled(self, uuid=uuids.server, **attrs):
        """The same, with nothing to mend."""
        instance, guest = self.boot(uuid, _KEPT, _KEPT, **attrs)
        for scope in (LIVE, CONFIG):
            guest.values[scope]['cpu'] = {'quota': 5000}
        return instance, guest

    def start(self):
        self.reconciler.start('context')

    def tick(self, seconds=0):
        self.now += seconds
        self.reconciler.tick('context')

    def compared(self):
        """The servers that were compared with the database since."""
        calls = self.list.call_args_list
        found = [u for call in calls for u in call[0][1]['uuid']]
        self.list.reset_mock()
        return sorted(found)


class StartTest(ReconcileTestCase):
    def test_what_is_kept_wins(self):
        _, guest = self.boot()
        guest.values[LIVE]['cpu'] = {'quota': 7000}
        self.start()
        for scope in (LIVE, CONFIG):
            self.assertEqual(5000, guest.read(fakes.cpu(), scope)['quota'])
        self.assertEqual([_KEPT], guest.copies)
        self.assertEqual({'drift': 1}, dict(self.reconciler.counts))
        self.recorded.assert_called_once_with(self.instances[uuids.server], [])
        self.assertIn('quota 7000 instead of 5000', self.log.output)
        ((_, (live, config), _), _) = self.announced.call_args
        self.assertEqual({'quota': 7000}, live.found)
        self.assertEqual({'quota': -1}, config.found)

    def test_off(self):
        _, guest = self.boot()
        self.options(reconcile=False)
        self.start()
        self.assertEqual([], guest.writes)
        self.assertEqual(0, self.tuner.listings)

    def test_nothing_to_mend(self):
        _, guest = self.settled()
        self.start()
        self.assertEqual([], guest.writes)
        self.assertEqual([_KEPT], guest.copies)
        self.assertEqual({}, dict(self.reconciler.counts))
        self.read.assert_not_called()
        self.save.assert_not_called()

    def test_a_server_that_was_never_tuned(self):
        _, guest = self.boot(kept=None)
        self.start()
        self.assertEqual([], guest.writes)
        self.assertEqual([], guest.copies)
        self.bdms.assert_not_called()

    def test_no_guests_at_all(self):
        self.start()
        self.list.assert_not_called()

    def test_a_domain_of_no_instance(self):
        self.tuner.guests['stranger'] = fakes.Guest()
        self.start()
        self.tick()
        self.assertEqual(['stranger'], self.compared())


class MendTest(ReconcileTestCase):
    def test_a_copy_that_is_missing_is_written(self):
        _, guest = self.settled()
        guest.copies.clear()
        self.start()
        self.assertEqual([_KEPT], guest.copies)
        # That is no drift.
        self.assertEqual({}, dict(self.reconciler.counts))
        self.recorded.assert_not_called()

    def test_a_record_behind_the_copy_is_healed(self):
        instance, guest = self.boot(
            kept=Kept(2, {'cpu': 'q=7000'}), copied=_KEPT
        )
        guest.values[LIVE]['cpu'] = {'quota': 7000}
        self.start()
        self.assertEqual(_KEPT, Kept.of(instance))
        self.save.assert_called_once_with(expected_task_state=[None])
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])
        self.assertEqual(1, self.reconciler.counts['healed'])
        self.assertIn('behind the copy', self.log.output)

    def test_who_ends_leases_hears_of_them(self):
        instance, _ = self.boot(kept=_KEPT, copied=_KEPT)
        self.start()
        self.assertEqual({instance.uuid: _KEPT}, self.heard)

    def test_a_record_that_lost_everything_is_healed(self):
        instance, guest = self.boot(kept=None, copied=_KEPT)
        self.start()
        self.assertEqual(_KEPT, Kept.of(instance))
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_a_record_that_is_ahead_wins(self):
        instance, guest = self.boot(
            kept=Kept(4, {'cpu': 'q=7000'}), copied=_KEPT
        )
        self.start()
        self.assertEqual(Kept(4, {'cpu': 'q=7000'}), Kept.of(instance))
        self.assertEqual(7000, guest.read(fakes.cpu(), LIVE)['quota'])
        self.assertEqual(Kept(4, {'cpu': 'q=7000'}), guest.kept())
        self.save.assert_not_called()

    def test_a_record_of_the_same_generation_wins(self):
        instance, guest = self.boot(
            kept=Kept(3, {'cpu': 'q=7000'}), copied=_KEPT
        )
        self.start()
        self.assertEqual(7000, guest.read(fakes.cpu(), LIVE)['quota'])
        self.assertEqual(Kept.of(instance), guest.kept())
        self.assertEqual(0, self.reconciler.counts['healed'])

    def test_a_reset_that_the_copy_missed_stays_one(self):
        instance, guest = self.boot(kept=Kept(4, {}), copied=_KEPT)
        self.start()
        self.assertEqual({}, Kept.of(instance).entries)
        self.assertEqual(Kept(4, {}), guest.kept())
        self.assertEqual([], guest.writes)

    def test_a_disk_that_was_detached_is_forgotten(self):
        kept = Kept(3, {'cpu': 'q=5000', f'disk:{uuids.other}': 'ti=5'})
        instance, guest = self.settled()
        kept.put_into(instance)
        guest.copies.append(kept)
        self.start()
        self.assertEqual(_KEPT, Kept.of(instance))
        self.assertEqual(_KEPT, guest.kept())
        self.save.assert_called_once_with(expected_task_state=[None])
        self.assertEqual({}, dict(self.reconciler.counts))

    def test_a_port_that_was_detached_is_forgotten(self):
        kept = Kept(3, {f'interface:{uuids.other}': 'ia=5'})
        instance, _ = self.boot(kept=kept, copied=kept)
        self.start()
        self.assertEqual({}, Kept.of(instance).entries)

    def test_a_record_without_its_mark_gets_it(self):
        instance, guest = self.settled()
        del instance.system_metadata['live_tune:set']
        self.start()
        self.assertEqual('1', instance.system_metadata['live_tune:set'])
        self.assertEqual(_KEPT, Kept.of(instance))
        self.assertEqual([_KEPT], guest.copies)
        self.save.assert_called_once_with(expected_task_state=[None])
        # That is nothing to tell.
        self.assertEqual({}, dict(self.reconciler.counts))
        self.recorded.assert_not_called()
        self.assertNotIn('Forgot', self.log.output)

    def test_a_device_that_only_the_guest_lacks_keeps_its_entry(self):
        kept = Kept(3, {f'disk:{uuids.bdm}': 'ti=5'})
        instance, guest = self.boot(kept=kept, copied=kept)
        guest.remove(fakes.disk())
        self.start()
        self.assertEqual(kept, Kept.of(instance))
        self.assertEqual([], guest.writes)
        self.save.assert_not_called()

    def test_one_device_that_fails_stops_no_other(self):
        kept = Kept(3, {'cpu': 'q=5000', f'disk:{uuids.bdm}': 'ti=5'})
        instance, guest = self.boot(kept=kept)
        write = guest.write

        def fail_cpu(device, values, scope):
            if device.target.name == 'cpu':
                raise fakes.libvirt_error()
            write(device, values, scope)

        guest.write = fail_cpu
        self.start()
        self.assertEqual(5, guest.read(fakes.disk(), LIVE)['total_iops_sec'])
        self.assertEqual({'drift': 1, 'failed': 1}, self.reconciler.counts)
        ((_, (failed,)), _) = self.recorded.call_args
        self.assertIn('cpu', failed)
        # It stays kept.
        self.assertEqual(kept, Kept.of(instance))

    def test_a_copy_that_fails_is_tried_again(self):
        _, guest = self.settled()
        guest.copies.clear()
        guest.fails['write_kept', LIVE] = fakes.libvirt_error()
        self.start()
        self.assertEqual([], guest.copies)
        guest.fails.clear()
        self.tick(60)
        self.assertEqual([_KEPT], guest.copies)

    def test_a_guest_that_fails_stops_no_other_and_is_tried_again(self):
        _, bad = self.boot(uuids.bad)
        _, good = self.boot(uuids.good)
        bad.fails['kept', LIVE] = fakes.libvirt_error()
        self.start()
        self.assertEqual(5000, good.read(fakes.cpu(), LIVE)['quota'])
        self.assertEqual(1, self.reconciler.counts['failed'])
        bad.fails.clear()
        self.tick(60)
        self.assertEqual(5000, bad.read(fakes.cpu(), LIVE)['quota'])

    def test_a_save_that_nova_forestalls_changes_nothing(self):
        _, guest = self.boot(kept=Kept(2, {}), copied=_KEPT)
        self.save.side_effect = exception.UnexpectedTaskStateError(
            instance_uuid='id', expected={}, actual={}
        )
        self.start()
        self.assertEqual([], guest.writes)
        self.assertEqual([_KEPT], guest.copies)
        self.assertEqual(0, self.reconciler.counts['healed'])
        self.assertEqual(1, self.reconciler.counts['failed'])

    def test_a_guest_that_ends_meanwhile_is_left_alone(self):
        _, guest = self.boot()
        self.tuner.meanwhile = self.tuner.guests.clear
        self.start()
        self.assertEqual([], guest.writes)
        self.assertEqual({}, dict(self.reconciler.counts))

    def test_a_server_that_gets_busy_meanwhile_is_left_alone(self):
        _, guest = self.boot()
        busy = fakes.instance(task_state='migrating')
        self.read.side_effect = lambda *_, **kw: busy
        self.start()
        self.assertEqual([], guest.writes)
        self.save.assert_not_called()

    def test_mending_one_at_once(self):
        _, one = self.boot(uuids.one)
        _, two = self.boot(uuids.two)
        self.reconciler.mend_now('context', uuids.one)
        self.assertEqual(5000, one.read(fakes.cpu(), LIVE)['quota'])
        self.assertEqual([], two.writes)
        self.reconciler.mend_now('context', uuids.none)


class DueTest(ReconcileTestCase):
    def test_without_an_event_nothing_happens(self):
        self.settled()
        self.tick()
        self.assertEqual(0, self.tuner.listings)

    def test_an_event_makes_it_due_once(self):
        self.settled()
        self.settled(uuids.other)
        self.reconciler.notice(uuids.server)
        self.tick()
        self.assertEqual([uuids.server], self.compared())
        self.tick()
        self.assertEqual([], self.compared())

    def test_a_busy_server_stays_due(self):
        instance, guest = self.boot(task_state='powering-on')
        self.reconciler.notice(uuids.server)
        self.tick()
        self.assertEqual([], guest.writes)
        instance.task_state = None
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])
        self.compared()
        self.tick()
        self.assertEqual([], self.compared())

    def test_a_server_that_arrives_stays_due_until_it_has(self):
        instance, guest = self.boot(host='there', task_state='migrating')
        self.reconciler.notice(uuids.server)
        self.tick()
        self.assertEqual([], guest.writes)
        instance.host, instance.task_state = 'here', None
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_what_a_server_left_behind_here_is_not_touched(self):
        _, guest = self.boot(host='there')
        self.reconciler.notice(uuids.server)
        self.tick()
        self.tick()
        self.assertEqual([], guest.writes)
        self.assertEqual([], guest.copies)
        self.assertEqual(1, self.tuner.listings)

    def test_neither_is_it_of_one_that_leaves_meanwhile(self):
        _, guest = self.boot()
        gone = fakes.instance(host='there')
        self.read.side_effect = lambda *_, **kw: gone
        self.reconciler.notice(uuids.server)
        self.tick()
        self.tick()
        self.assertEqual([], guest.writes)
        self.assertEqual(1, self.tuner.listings)

    def test_one_that_was_busy_at_the_start_is_due_afterwards(self):
        instance, guest = self.boot(task_state='migrating')
        self.start()
        instance.task_state = None
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_one_that_gets_busy_before_its_lock_stays_due(self):
        _, guest = self.boot()
        busy = fakes.instance(task_state='migrating')
        self.read.side_effect = [busy, self.instances[uuids.server]]
        self.reconciler.notice(uuids.server)
        self.tick()
        self.assertEqual([], guest.writes)
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_a_guest_that_is_gone_is_due_no_more(self):
        self.reconciler.notice('gone')
        self.tick()
        self.assertEqual(1, self.tuner.listings)
        self.tick()
        self.assertEqual(1, self.tuner.listings)

    def test_an_event_while_guests_are_listed_is_not_lost(self):
        self.reconciler.notice('gone')
        self.tuner.meanwhile = lambda: self.reconciler.notice(uuids.server)
        self.tick()
        self.tuner.meanwhile = lambda: None
        _, guest = self.boot()
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_a_domain_of_no_instance_is_due_no_more(self):
        self.tuner.guests['stranger'] = fakes.Guest()
        self.reconciler.notice('stranger')
        self.tick()
        self.tick()
        self.assertEqual(1, self.tuner.listings)

    def test_off(self):
        self.boot()
        self.options(reconcile=False)
        self.reconciler.notice(uuids.server)
        self.tick(1000)
        self.assertEqual(0, self.tuner.listings)


class PassTest(ReconcileTestCase):
    def setUp(self):
        super().setUp()
        # Of the records only those that an event or a change calls for.
        self.options(reconcile_records=0)

    def test_one_per_interval(self):
        self.settled()
        self.tick(30)
        self.assertEqual(0, self.tuner.listings)
        self.tick(30)
        self.assertEqual(1, self.tuner.listings)
        self.tick(30)
        self.assertEqual(1, self.tuner.listings)

    def test_never_later_than_the_interval(self):
        self.options(reconcile_interval=60)
        self.tick(60 - reconcile.TICK + 0.1)
        self.assertEqual(1, self.tuner.listings)

    def test_an_interval_of_0_is_no_pass_but_events(self):
        self.options(reconcile_interval=0)
        _, guest = self.boot()
        self.tick(10**6)
        self.assertEqual(0, self.tuner.listings)
        self.reconciler.notice(uuids.server)
        self.tick()
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_a_guest_that_is_new_here_is_compared(self):
        self.settled()
        self.tick(60)
        self.assertEqual([uuids.server], self.compared())

    def test_a_guest_that_has_not_changed_is_not(self):
        self.settled()
        self.start()
        self.compared()
        self.tick(60)
        self.assertEqual([], self.compared())

    def test_a_guest_that_drifted_is_mended_within_an_interval(self):
        _, guest = self.settled()
        self.start()
        guest.values[LIVE]['cpu'] = {'quota': 7000}
        self.tick(60)
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])
        self.compared()
        self.tick(60)
        self.assertEqual([], self.compared())

    def test_so_is_one_that_drifts_again_to_the_same(self):
        _, guest = self.settled()
        self.start()
        for count in (1, 2, 3):
            guest.values[LIVE]['cpu'] = {'quota': 7000}
            self.tick(60)
            self.assertEqual(count, self.reconciler.counts['drift'])

    def test_a_tuned_guest_is_compared_once_more(self):
        instance, guest = self.settled()
        self.start()
        Kept(4, {'cpu': 'q=7000'}).put_into(instance)
        for scope in (LIVE, CONFIG):
            guest.values[scope]['cpu'] = {'quota': 7000}
        guest.copies.append(Kept.of(instance))
        self.tick(60)
        self.compared()
        self.tick(60)
        self.assertEqual([], self.compared())
        self.assertEqual({}, dict(self.reconciler.counts))

    def test_what_cannot_be_set_is_not_tried_at_each_pass(self):
        _, guest = self.boot()
        guest.fails['write', LIVE] = fakes.libvirt_error()
        self.start()
        self.compared()
        self.tick(60)
        self.assertEqual([], self.compared())
        self.assertEqual(1, self.reconciler.counts['failed'])

    def test_a_guest_that_ends_meanwhile_is_asked_for_no_limits(self):
        _, guest = self.settled()
        self.start()
        guest.fails['limits', LIVE] = fakes.libvirt_error()
        self.tick(60)
        self.assertEqual({}, dict(self.reconciler.counts))

    def test_a_bounded_number_of_guests_and_all_in_turn(self):
        self.options(reconcile_domains=2)
        names = [f'server{i}' for i in range(5)]
        for name in names:
            self.settled(name)
        self.start()
        for guest in self.tuner.guests.values():
            guest.values[LIVE]['cpu'] = {'quota': 7000}
        for mended in (2, 4, 5):
            self.tick(60)
            self.assertEqual(mended, self.reconciler.counts['drift'])

    def test_a_guest_that_comes_later_is_looked_at_first(self):
        self.options(reconcile_domains=1)
        self.settled(uuids.old)
        self.tick(60)
        self.compared()
        self.settled(uuids.new)
        self.tick(60)
        self.assertEqual([uuids.new], self.compared())

    def test_a_guest_that_left_and_came_back_is_new(self):
        self.settled()
        self.tick(60)
        self.tuner.guests.clear()
        self.tick(60)
        self.settled()
        self.compared()
        self.tick(60)
        self.assertEqual([uuids.server], self.compared())


class RecordsTest(ReconcileTestCase):
    """What is kept may be lost without libvirt reporting a change."""

    def setUp(self):
        super().setUp()
        self.options(reconcile_records=2)
        self.names = [f'server{i}' for i in range(5)]
        for name in self.names:
            self.settled(name)
        self.start()
        self.compared()

    def test_a_bounded_number_of_them_and_all_in_turn(self):
        for _ in range(4):
            found = []
            for _ in range(3):
                self.tick(60)
                some = self.compared()
                self.assertEqual(2, len(some))
                found += some
            self.assertEqual(set(self.names), set(found))

    def test_what_was_lost_comes_back(self):
        lost = self.instances[self.names[4]]
        Kept(0, {}).put_into(lost)
        for _ in range(3):
            self.tick(60)
        self.assertEqual(_KEPT, Kept.of(lost))
        self.assertEqual({'healed': 1}, dict(self.reconciler.counts))

    def test_what_could_not_be_set_is_tried_again_in_turn(self):
        guest = self.tuner.guests[self.names[4]]
        guest.values[LIVE]['cpu'] = {'quota': 7000}
        guest.fails['write', LIVE] = fakes.libvirt_error()
        self.tick(60)
        guest.fails.clear()
        for _ in range(3):
            self.tick(60)
        self.assertEqual(5000, guest.read(fakes.cpu(), LIVE)['quota'])

    def test_a_configuration_apart_comes_back_too(self):
        # libvirt's XML of the running domain does not show it.
        guest = self.tuner.guests[self.names[4]]
        guest.values[CONFIG]['cpu'] = {'quota': 7000}
        for _ in range(3):
            self.tick(60)
        self.assertEqual(5000, guest.read(fakes.cpu(), CONFIG)['quota'])
        self.assertEqual({'drift': 1}, dict(self.reconciler.counts))

    def test_guests_that_came_and_went_take_no_turn(self):
        # They end before a pass has looked at them.
        for name in ('one', 'two'):
            self.settled(name)
            self.reconciler.notice(name)
            self.tick()
            del self.tuner.guests[name]
        self.compared()
        for _ in range(2):
            self._check_all_have_a_turn(self.names)

    def test_busy_servers_take_no_turn(self):
        for name in self.names[:2]:
            self.instances[name].task_state = 'image_uploading'
        self._check_all_have_a_turn(self.names[2:])

    def test_servers_of_other_hosts_take_no_turn(self):
        for name in self.names[:2]:
            self.instances[name].host = 'there'
        self._check_all_have_a_turn(self.names[2:])

    def _check_all_have_a_turn(self, names):
        found = set()
        for _ in range(4):
            self.tick(60)
            found.update(self.compared())
        self.assertLessEqual(set(names), found)

    def test_none_if_so_configured(self):
        self.options(reconcile_records=0)
        self.tick(60)
        self.assertEqual([], self.compared())
