# SPDX-License-Identifier: Apache-2.0
"""The forms that set limits and take them back."""

import html
import re

import requests

from nova_live_tune import tunables
from nova_live_tune.dashboard import forms, names
from nova_live_tune.tests.dashboard import base

_NIC = f'interface:{base.PORT}'


def _text(response):
    return html.unescape(response.content.decode())


class FormTest(base.PanelTest):
    """The fields, from the table of knobs."""

    def _form(self, target, data=None, **more):
        device = {**base.entry(target, **more), 'index': 1}
        device.update(port_id='p', mac_address='m', device='vda')
        [found] = names.name(self.request, self.server, [(target, device)])
        return forms.SetForm(found, data)

    def _wanted(self, target, data, **more):
        form = self._form(target, data, **more)
        self.assertTrue(form.is_valid(), form.errors)
        return form.wanted()

    def test_each_knob_has_its_field(self):
        for target in tunables.TARGETS:
            shown = [
                row.knob for rows in self._form(target).rows() for row in rows
            ]
            self.assertEqual([*target.shorthands, *target], shown)

    def test_a_rate_stands_beside_its_burst(self):
        rows = self._form(tunables.DISK).rows()
        names = [[row.knob.name for row in beside] for beside in rows]
        self.assertIn(
            [
                'read_iops_sec',
                'read_iops_sec_max',
                'read_iops_sec_max_length',
            ],
            names,
        )
        self.assertEqual(['size_iops_sec'], names[-1])

    def test_the_flavor_in_the_place_of_nothing(self):
        form = self._form(tunables.CPU, flavor={'quota': 20000})
        placeholders = [
            form.fields[name].widget.attrs['placeholder']
            for name in tunables.CPU.names
        ]
        self.assertEqual(
            [
                'as the flavor: 20000',
                'as the flavor: 100000',
                "as the flavor: the host's default",
            ],
            placeholders,
        )

    def test_only_what_differs_is_asked_for(self):
        tuned = {'quota': 5000, 'shares': 7}
        data = {'quota': '5000', 'period': '2000', 'shares': ''}
        self.assertEqual(
            {'period': 2000, 'shares': None},
            self._wanted(tunables.CPU, data, tuned=tuned),
        )

    def test_no_limit(self):
        data = {'inbound_average__unlimited': 'on', 'inbound_average': '5'}
        self.assertEqual(
            {'inbound_average': 0}, self._wanted(tunables.INTERFACE, data)
        )
        form = self._form(tunables.CPU, tuned={'quota': -1})
        self.assertIsNone(form.fields['quota'].initial)
        self.assertTrue(form.fields['quota__unlimited'].initial)

    def test_for_a_while(self):
        form = self._form(tunables.CPU, {'quota': '5000', 'minutes': '90'})
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual({'duration': 5400}, form.terms())
        self.assertEqual({'quota': 5000}, form.wanted())
        form = self._form(tunables.CPU, {'quota': '5000'})
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual({}, form.terms())
        for minutes in ('0', '10081', 'x'):
            form = self._form(tunables.CPU, {'minutes': minutes})
            self.assertFalse(form.is_valid())
            self.assertEqual(['minutes'], list(form.errors))

    def test_what_is_set_already_does_not_end(self):
        data = {'quota': '5000', 'minutes': '90'}
        form = self._form(tunables.CPU, data, tuned={'quota': 5000})
        self.assertEqual(['minutes'], list(form.errors))

    def test_a_shorthand_is_asked_for_as_it_is(self):
        self.assertEqual(
            {'rate': 0}, self._wanted(tunables.INTERFACE, {'rate': '0'})
        )

    def test_no_number(self):
        form = self._form(tunables.CPU, {'quota': 'much'})
        self.assertEqual(['quota'], list(form.errors))


class SetTest(base.PanelTest):
    def _sets(self, answer=None, status=202):
        self.shows()
        return self.answer('POST', '/action', answer, status)

    def test_the_form_has_units_ranges_and_labels(self):
        self.shows()
        page = _text(self.get('set', 'disk:vda'))
        for knob in tunables.DISK:
            self.assertRegex(page, f'<label [^>]*for="id_{knob.name}"')
            [field] = re.findall(
                f'<input [^>]*id="id_{knob.name}"[^>]*>', page
            )
            self.assertIn(
                f'aria-describedby="live-tune-help-{knob.name}"', field
            )
            self.assertIn(f'id="live-tune-help-{knob.name}"', page)
            self.assertIn(f'{knob.minimum} to {knob.maximum}', page)

    def test_how_far_one_may_go(self):
        spans = {
            'cpu_percent': {'min': 10, 'max': 80, 'set_by_admin': True},
            'cpu_shares': {'min': None, 'max': 2048, 'set_by_admin': False},
        }
        self.shows(cpu={'bounds': spans})
        page = _text(self.get('set', 'cpu'))
        self.assertIn('How far you may go', page)
        self.assertIn(
            '10 to 80 percent of a core, as an administrator has set it', page
        )
        self.assertIn('at most 2048 (relative weight)', page)
        self.be('admin', 'member', 'reader')
        page = _text(self.get('set', 'cpu'))
        self.assertNotIn('How far you may go', page)

    def test_saving_answers_with_the_row(self):
        after = base.entry(
            tunables.CPU, {'quota': 40000}, tuned={'quota': 40000}
        )
        asked = self._sets({'cpu': after})
        response = self.post('set', 'cpu', quota='40000')
        self.assertEqual(200, response.status_code)
        self.assertEqual(
            {'setCpuQuota': {'quota': 40000}}, asked.last_request.json()
        )
        rows = response.json()['rows']
        self.assertIn('data-device="cpu"', rows)
        self.assertIn('40 % of a core', rows)
        self.assertIn('live-tune-reset"', rows)

    def test_an_interface_by_its_port_a_disk_by_its_device(self):
        for key, body in (
            (_NIC, {'interface': base.PORT, 'rate': 5}),
            ('disk:vda', {'disk': 'vda', 'size_iops_sec': 5}),
        ):
            field = list(body)[-1]
            after = base.read_back()
            asked = self._sets(
                {
                    'interface': after['interfaces'][0],
                    'disk': after['disks'][0],
                }
            )
            self.assertEqual(
                200, self.post('set', key, **{field: '5'}).status_code
            )
            [sent] = asked.last_request.json().values()
            self.assertEqual(body, sent)

    def test_nothing_to_change_asks_for_nothing(self):
        asked = self._sets()
        self.assertEqual(200, self.post('set', 'cpu').status_code)
        self.assertFalse(asked.called)

    def test_what_the_api_says_is_at_its_field(self):
        sentence = 'period 5 is not allowed: give 1000..1000000 microseconds'
        self._sets(sentence, 400)
        response = self.post('set', 'cpu', quota='5000', period='5')
        self.assertEqual(422, response.status_code)
        page = _text(response)
        self.assertEqual(1, page.count('has-error'))
        self.assertRegex(
            page, f'(?s)id="live-tune-error-period".*{re.escape(sentence)}'
        )
        [field] = re.findall('<input [^>]*id="id_period"[^>]*>', page)
        self.assertIn('aria-invalid="true"', field)
        self.assertIn('value="5"', field)

    def test_what_is_about_no_field_is_above_all(self):
        self._sets('The server is locked.', 409)
        page = _text(self.post('set', 'cpu', quota='5000'))
        self.assertIn('The server is locked.', page)
        self.assertNotIn('has-error', page)

    def test_a_device_that_is_gone(self):
        self.shows()
        response = self.get('set', 'disk:vdz')
        self.assertEqual(404, response.status_code)
        self.assertIn('no such device', response.json()['sentence'])

    def test_a_cloud_without_the_extension(self):
        self.answer(
            'GET', '/os-live-tune', 'The resource could not be found.', 404
        )
        response = self.get('set', 'cpu')
        self.assertIn('does not run', response.json()['sentence'])
        # For Horizon's scripts, which show it.
        self.assertIn('does not run', response['X-Horizon-Messages'])

    def test_a_session_that_is_over(self):
        self.answer('GET', '/os-live-tune', 'Who are you?', 401)
        response = self.get('set', 'cpu')
        self.assertEqual(401, response.status_code)
        self.assertIn('/auth/login/', response['X-Horizon-Location'])

    def test_a_nova_that_does_not_answer(self):
        endpoint = base.api.base.url_for(self.request, 'compute')
        self.nova.get(
            f'{endpoint}/servers/{self.server.id}/os-live-tune',
            exc=requests.ConnectTimeout,
        )
        self.assertEqual(504, self.get('set', 'cpu').status_code)

    def test_without_scripts(self):
        self._sets({'cpu': base.entry(tunables.CPU)})
        page = self.client.get(self.url('set', 'cpu'))
        self.assertContains(page, '<form method="post"')
        self.assertNotContains(page, 'aria-modal')
        done = self.client.post(self.url('set', 'cpu'), {'quota': '5000'})
        self.assertEqual(302, done.status_code)
        self.assertIn('tab=instance_details__live_tune', done['Location'])


class ResetTest(base.PanelTest):
    def test_it_asks_first(self):
        self.shows()
        self.assertContains(self.get('reset', 'cpu'), 'is forgotten')
        self.assertContains(self.get('reset_all'), 'Everything')

    def test_one_or_all(self):
        for device, selection, shown in (
            (['cpu'], {'cpu': True}, 1),
            ([_NIC], {'interfaces': [base.PORT]}, 1),
            (['disk:vdb'], {'disks': ['vdb']}, 1),
            ([], None, 4),
        ):
            self.shows()
            asked = self.answer('POST', '/action', {}, 202)
            response = self.post('reset' if device else 'reset_all', *device)
            self.assertEqual(
                {'resetLiveTune': selection}, asked.last_request.json()
            )
            rows = response.json()['rows']
            self.assertEqual(shown, rows.count('<section'))

    def test_a_refusal_is_said(self):
        self.shows()
        self.answer('POST', '/action', 'The server is locked.', 409)
        response = self.post('reset_all')
        self.assertEqual(422, response.status_code)
        self.assertIn('The server is locked.', _text(response))
