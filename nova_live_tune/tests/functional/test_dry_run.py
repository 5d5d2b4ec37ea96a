# SPDX-License-Identifier: Apache-2.0
"""Asking what a request would do, and refusing what is out of date."""

from nova.tests import fixtures as nova_fixtures

from nova_live_tune.tests.functional import base, lasting

#: Of every kind: the action, and what it is to set.
CHANGES = (
    ('setCpuQuota', {'quota': 40000}),
    ('setCpuQuota', {'period': 20000, 'quota': 10000}),
    ('setCpuQuota', {'shares': None}),
    ('setInterface', {'interface': 1, 'rate': 2048}),
    ('setInterface', {'interface': 2, 'outbound': {'average': 700}}),
    ('setInterface', {'interface': 1, 'inbound': {'average': 0}}),
    ('setDiskIO', {'disk': 'vda', 'read_bytes_sec': 500}),
    ('setDiskIO', {'disk': 'vdb', 'total_iops_sec': 90}),
    ('setDiskIO', {'disk': base.VOLUME, 'write_bytes_sec': None}),
    ('resetLiveTune', {'cpu': True, 'disks': ['vda']}),
)


def _parts(answer):
    """The entries of an answer, however many it has."""
    parts = [answer[n] for n in ('cpu', 'interface', 'disk') if n in answer]
    for name in ('interfaces', 'disks'):
        parts += answer.get(name, [])
    return parts


class DryRunTest(lasting.LastingTestBase):
    def dry(self, action, body):
        """Ask; check that it made no difference."""
        before, actions = self.standing(self.server), self.actions()
        calls = self.calls()
        response = self.act(
            self.server, action, {**(body or {}), 'dry_run': True}
        )
        self.assertEqual(200, response.status_code, response.text)
        self.assertEqual(before, self.standing(self.server))
        self.assertEqual(actions, self.actions())
        self.assertEqual([], calls)
        return response.json()

    def actions(self):
        return self.admin_api.get_instance_actions(self.server['id'])

    def test_the_change_is_what_was_foreseen(self):
        for action, body in CHANGES:
            told = self.dry(action, body)
            self.assertEqual(
                {'allowed': True, 'code': 202, 'reason': None},
                told.pop('dry_run'),
            )
            shown = _parts(self.show(self.server))
            done = self.set(self.server, action, body)
            foreseen = _parts(told)
            self.assertEqual(told['generation'], done['generation'])
            self.assertEqual(len(foreseen), len(_parts(done)))
            for part, after in zip(foreseen, _parts(done)):
                (before,) = [p for p in shown if _same(p, after)]
                self.assertEqual(
                    part.pop('changes'),
                    _diff(before['effective'], after['effective']),
                )
                self.assertEqual(part, after)

    def test_a_change_is_told_by_knob(self):
        told = self.dry('setCpuQuota', {'quota': 40000, 'shares': 300})
        self.assertEqual(
            {'quota': {'from': 50000, 'to': 40000}}, told['cpu']['changes']
        )

    def test_a_lease(self):
        told = self.dry('setCpuQuota', {'quota': 40000, 'duration': 60})
        self.assertIsNotNone(told['cpu']['expires_at'])

    def test_a_reset_of_all(self):
        told = self.dry('resetLiveTune', None)
        self.assertEqual([{}] * 6, [part['tuned'] for part in _parts(told)])

    def test_what_would_be_refused(self):
        for action, body, code, words in (
            ('setInterface', {'interface': 9, 'rate': 5}, 404, 'interface 9'),
            ('setDiskIO', {'disk': 'vdz', 'read_iops_sec': 5}, 404, 'vdz'),
            (
                'setInterface',
                {'interface': 2, 'inbound': {'peak': 5}},
                400,
                'inbound.peak 5 is below',
            ),
            ('setCpuQuota', {'shares': 20000}, 400, 'cgroup v2'),
            ('setCpuQuota', {'quota': 5000, 'generation': 1}, 409, 'at 6'),
        ):
            told = self.dry(action, body)
            self.assertEqual(['dry_run'], list(told))
            verdict = told['dry_run']
            self.assertEqual(
                (False, code), (verdict['allowed'], verdict['code'])
            )
            self.assertIn(words, verdict['reason'])
            real = self.act(self.server, action, body)
            self.assert_refused(real, code, verdict['reason'])

    def test_a_server_that_is_off_or_locked(self):
        self.do('os-stop', status='SHUTOFF')
        self._assert_conflict('stopped')
        self.do('os-start')
        self.api.post_server_action(self.server['id'], {'lock': None})
        self._assert_conflict('locked')

    def _assert_conflict(self, word):
        response = self.act(
            self.server, 'setCpuQuota', {'quota': 5000, 'dry_run': True}
        )
        self.assertEqual(200, response.status_code, response.text)
        verdict = response.json()['dry_run']
        self.assertEqual(409, verdict['code'])
        self.assertIn(word, verdict['reason'])

    def test_what_is_no_request_is_refused(self):
        for knobs in (
            {'quota': 1, 'dry_run': True},
            {'dry_run': True},
            {'quota': 5000, 'dry_run': 'yes'},
            {'quota': 5000, 'dry_run': None},
        ):
            response = self.act(self.server, 'setCpuQuota', knobs)
            self.assertIn(response.status_code, (200, 400), knobs)
            if response.status_code == 200:
                self.assertEqual(400, response.json()['dry_run']['code'])

    def test_it_is_no_way_around_the_policy(self):
        # Placement's fixture has changed the default for the whole process.
        self.flags(enforce_new_defaults=True, group='oslo_policy')
        self.useFixture(nova_fixtures.RealPolicyFixture())
        self.assert_refused(
            self.act(
                self.server,
                'setCpuQuota',
                {'quota': 5000, 'dry_run': True},
                self.api_fixture.reader_api,
            ),
            403,
        )


class GenerationTest(base.OneServerTestBase):
    def test_it_counts_what_was_done(self):
        self.assertEqual(0, self.show(self.server)['generation'])
        for generation in (1, 2):
            done = self.set(self.server, 'setCpuQuota', {'quota': 5000})
            self.assertEqual(generation, done['generation'])
            shown = self.show(self.server)
            self.assertEqual(generation, shown['generation'])
        done = self.set(self.server, 'resetLiveTune', None)
        self.assertEqual(3, done['generation'])

    def test_one_that_is_out_of_date(self):
        self.set(self.server, 'setCpuQuota', {'quota': 5000})
        before = self.standing(self.server)
        for generation in (0, 2):
            for action, body in (
                ('setCpuQuota', {'quota': 6000}),
                ('setInterface', {'interface': 1, 'rate': 6}),
                ('setDiskIO', {'disk': 'vda', 'read_iops_sec': 6}),
                ('resetLiveTune', {}),
            ):
                self.assert_refused(
                    self.act(
                        self.server, action, {**body, 'generation': generation}
                    ),
                    409,
                    f'generation {generation}',
                    'are at 1',
                )
        self.assertEqual(before, self.standing(self.server))

    def test_the_one_that_is(self):
        for generation in range(3):
            self.set(
                self.server,
                'setCpuQuota',
                {'quota': 5000 + generation, 'generation': generation},
            )

    def test_what_is_none(self):
        for generation in (-1, 1.5, '1', None, True):
            self.assert_refused(
                self.act(
                    self.server,
                    'setCpuQuota',
                    {'quota': 5000, 'generation': generation},
                ),
                400,
            )


def _same(part, other):
    names = ('port_id', 'device')
    return [part.get(n) for n in names] == [other.get(n) for n in names]


def _diff(before, after):
    """What differs, as a dry run has it."""
    result = {}
    for name, value in (after or {}).items():
        was = (before or {}).get(name)
        if isinstance(value, dict):
            inner = _diff(was, value)
            if inner:
                result[name] = inner
        elif was != value:
            result[name] = {'from': was, 'to': value}
    return result
