# SPDX-License-Identifier: Apache-2.0
import os

import hypothesis

# The model of libvirt is the functional tests' own. Their package decides
# whether eventlet patches the standard library, before anything is imported.
from nova_live_tune.tests import functional  # noqa: F401

_ANY_MACHINE = {
    'deadline': None,
    'print_blob': True,
    'suppress_health_check': [hypothesis.HealthCheck.too_slow],
}

hypothesis.settings.register_profile('ci', max_examples=100, **_ANY_MACHINE)
hypothesis.settings.register_profile(
    'long', max_examples=10000, **_ANY_MACHINE
)
hypothesis.settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'ci'))
