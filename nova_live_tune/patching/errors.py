# SPDX-License-Identifier: Apache-2.0
"""What all refusals have in common: their text is for the operator."""


class Refused(Exception):
    """Nothing was changed; the text says why, in a sentence."""
