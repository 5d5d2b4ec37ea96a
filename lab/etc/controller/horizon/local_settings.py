# SPDX-License-Identifier: Apache-2.0
from openstack_dashboard import defaults

DEBUG = False
# localhost: by way of `ssh -L 8080:${address}:8080`.
ALLOWED_HOSTS = ['${address}', 'localhost', '127.0.0.1']
SECRET_KEY = '${secret_key}'

OPENSTACK_KEYSTONE_URL = '${keystone_url}/v3'
OPENSTACK_KEYSTONE_DEFAULT_ROLE = 'member'
WEBSSO_ENABLED = False
# There are no routers, and so no floating addresses to ask for.
OPENSTACK_NEUTRON_NETWORK = {
    **defaults.OPENSTACK_NEUTRON_NETWORK,
    'enable_router': False,
}
# What Nova's policy lets tenants do more, pages show them.
POLICY_FILES = {
    **defaults.POLICY_FILES,
    'compute': '${etc}/nova/policy.yaml',
}

# In files, which all threads see, and which outlive a restart.
SESSION_ENGINE = 'django.contrib.sessions.backends.file'
SESSION_FILE_PATH = '${data}/horizon/sessions'
CACHES = {
    'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}
}

STATIC_ROOT = '${static}'
COMPRESS_OFFLINE = True

LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {
        'line': {
            'format': '%(asctime)s %(levelname)s %(name)s %(message)s',
        },
    },
    'handlers': {
        'log': {'class': 'logging.StreamHandler', 'formatter': 'line'},
    },
    'root': {'handlers': ['log'], 'level': 'INFO'},
}
