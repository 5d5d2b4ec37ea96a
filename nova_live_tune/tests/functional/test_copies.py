# SPDX-License-Identifier: Apache-2.0
"""The second copy: what a stale writer takes from the record comes back."""

from nova.tests.fixtures import libvirt as nova_fake

from nova_live_tune.tests.functional import base, lasting


class CopiesTest(lasting.LastingTestBase):
    def stale_writer(self):
        """Somebody who has read the instance; call it to let him save."""
        with self.in_cell() as in_cell:
            stale = self.instance(in_cell, self.server)

        def save():
            with (
                self.in_cell() as in_cell,
                stale.obj_alternate_context(in_cell),
            ):
                # What does not differ is not saved.
                was = stale.system_metadata.get('stale', '')
                stale.system_metadata['stale'] = was + 'r'
                stale.save()

        return save

    def lose(self):
        """Let the record lose all that is kept."""
        self.set(self.server, 'resetLiveTune', None)
        # As the writer read it before anything was set.
        with self.in_cell() as in_cell:
            instance = self.instance(in_cell, self.server)
            for key in self.record(self.server):
                del instance.system_metadata[key]
            instance.save()
        save = self.stale_writer()
        self.tune(self.server)
        save()
        self.assertEqual({}, self.record(self.server))

    def healed(self):
        return self.reconciler().counts['healed']

    def test_read_back_heals_at_once_and_so_does_reconciling(self):
        self.lose()
        self.assert_nothing_lost()
        self.assertEqual(1, self.healed())
        self.assert_nothing_lost()
        self.assertEqual(1, self.healed())
        self.lose()
        self.tick()
        self.assertEqual(2, self.healed())
        self.assertEqual(self.before['record'], self.record(self.server))
        self.assert_nothing_lost()

    def test_request_after_the_loss_builds_on_what_was_lost(self):
        self.lose()
        self.set(self.server, 'setCpuQuota', {'shares': 700})
        shown = self.show(self.server)
        cpu = {**self.shown['cpu']['tuned'], 'shares': 700}
        self.assertEqual(cpu, shown['cpu']['tuned'])
        self.assertEqual(self.shown['interfaces'], shown['interfaces'])
        self.assertEqual(self.shown['disks'], shown['disks'])

    def test_reset_of_a_part_does_not_come_back(self):
        save = self.stale_writer()
        self.set(self.server, 'resetLiveTune', {'cpu': True})
        save()
        self.assertIn('live_tune:cpu', self.record(self.server))
        self.assertEqual({}, self.show(self.server)['cpu']['tuned'])
        self.tick()
        self.assertNotIn('live_tune:cpu', self.record(self.server))
        self.assertEqual(
            self.untuned['cpu']['effective'],
            self.show(self.server)['cpu']['effective'],
        )

    def test_reset_of_all_does_not_come_back(self):
        save = self.stale_writer()
        self.set(self.server, 'resetLiveTune', None)
        save()
        self.tick()
        self.assertEqual(self.untuned, self.limits(self.server))
        self.assertEqual({}, self.kept(self.server))

    def test_reset_of_all_leaves_nothing_but_its_count(self):
        self.set(self.server, 'resetLiveTune', None)
        self._assert_empty()
        self.tick()
        self.do('reboot', {'type': 'HARD'})
        self._assert_empty()
        self.assertEqual({}, dict(+self.reconciler().counts))

    def _assert_empty(self):
        count = {base.GENERATION: str(self.generation(self.server))}
        self.assertEqual(count, self.record(self.server))
        for flags in (0, nova_fake.VIR_DOMAIN_XML_INACTIVE):
            self.assertEqual(count, self.second_copy(self.server, flags))
        self.assertEqual(self.untuned, self.limits(self.server))

    def test_copy_that_could_not_be_written_is_written_later(self):
        calls = self.domain(self.server).calls
        calls.fail('setMetadata')
        self.set(self.server, 'setCpuQuota', {'quota': 60000})
        self.assertNotEqual(
            self.record(self.server), self.second_copy(self.server)
        )
        self.assertEqual(
            60000, self.show(self.server)['cpu']['tuned']['quota']
        )
        self.tick()
        self.assertEqual(
            self.record(self.server), self.second_copy(self.server)
        )
        # Nothing was lost or wrong.
        self.assertEqual({}, dict(+self.reconciler().counts))
