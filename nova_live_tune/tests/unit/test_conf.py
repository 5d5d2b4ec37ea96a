# SPDX-License-Identifier: Apache-2.0
import nova.conf
from oslotest import base

from nova_live_tune import conf


class ConfTest(base.BaseTestCase):
    def test_limits_last_unless_somebody_says_otherwise(self):
        self.assertTrue(conf.options().overlay)
        self.assertTrue(conf.options().reconcile)
        self.assertGreater(conf.options().reconcile_interval, 0)

    def test_registering_again_is_harmless(self):
        conf.register()

    def test_the_sample_has_every_option_with_its_help(self):
        ((group, options),) = conf.list_opts()
        self.assertEqual('live_tune', group.name)
        self.assertEqual(
            {option.name for option in options},
            set(nova.conf.CONF.live_tune),
        )
        for option in options:
            self.assertTrue(option.help, option.name)

    def test_an_interval_below_0_is_refused(self):
        self.assertRaises(
            ValueError,
            nova.conf.CONF.set_override,
            'reconcile_interval',
            -1,
            'live_tune',
        )
