# SPDX-License-Identifier: Apache-2.0
"""supervisord as a host's first process, by select(2) instead of poll(2).

With poll, supervisor 4.3.0 uses a whole CPU for ever once the number of a
descriptor that it still watched was given to a pipe whose reader has closed
it: it looks at no POLLERR. By select it sees the pipe, and stops watching it.
"""

import select

del select.poll

from supervisor.supervisord import main  # noqa: E402

main()
