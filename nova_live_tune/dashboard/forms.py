# SPDX-License-Identifier: Apache-2.0
"""The form that sets a device's limits, made from the table of knobs."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from nova_live_tune import leases
from nova_live_tune.client import errors
from nova_live_tune.dashboard import words
from nova_live_tune.dashboard.devices import Device
from nova_live_tune.tunables import Knob, Shorthand, Wanted

#: Whether a field's knob has no limit.
_FREE = '{}__unlimited'
#: For how many minutes; no knob has this name.
_MINUTES = 'minutes'


@dataclasses.dataclass(frozen=True)
class Row:
    """A knob's fields.

    :ivar free: the box for no limit; None where there is none
    """

    knob: Knob | Shorthand
    field: Any
    free: Any

    @property
    def title(self) -> str:
        return _(self.knob.title)

    @property
    def unit(self) -> str:
        """Its unit, if that is short enough to stand beside the number."""
        return _(self.knob.unit) if ' ' not in self.knob.unit else ''

    @property
    def help(self) -> str:
        return words.allowed(self.knob)


class SetForm(forms.Form):
    """Sets the knobs that differ from what is kept.

    A field that is left empty takes its knob back to the flavor. Ranges are
    for the API to check; what it says is shown at the field.
    """

    def __init__(self, device: Device, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._device = device
        for shorthand in device.target.shorthands:
            self.fields[shorthand.name] = _number(
                shorthand, None, _('as below')
            )
        for knob in device.target:
            self._add(knob, device.tuned.get(knob.name))
        self.fields[_MINUTES] = forms.IntegerField(
            required=False,
            min_value=leases.SHORTEST // 60,
            max_value=leases.LONGEST // 60,
            widget=_text(_MINUTES, _('for good')),
        )

    def _add(self, knob: Knob, tuned: int | None) -> None:
        free = knob.unlimited is not None and tuned == knob.unlimited
        self.fields[knob.name] = _number(
            knob,
            None if free else tuned,
            words.flavor(knob, self._device.flavor),
        )
        if knob.unlimited is not None:
            self.fields[_FREE.format(knob.name)] = forms.BooleanField(
                required=False, initial=free
            )

    def rows(self) -> list[list[Row]]:
        """Group the fields: a rate stands beside its burst."""
        target = self._device.target
        grouped: list[list[Row]] = []
        for knob in (*target.shorthands, *target):
            row = self._row(knob)
            if len(getattr(knob, 'needs', ())) == 1:
                grouped[-1].append(row)
            else:
                grouped.append([row])
        return grouped

    def _row(self, knob: Knob | Shorthand) -> Row:
        field, free = self[knob.name], _FREE.format(knob.name)
        if field.errors:
            field.field.widget.attrs.update(_invalid(knob.name))
        return Row(knob, field, self[free] if free in self.fields else None)

    def clean(self) -> dict[str, Any]:
        """Refuse to end what does not begin."""
        found = super().clean() or {}
        if not self.errors and found[_MINUTES] and not self.wanted():
            self.add_error(
                _MINUTES,
                _('Change a limit, too: what is set already would stay.'),
            )
        return found

    def wanted(self) -> Wanted:
        """Return the knobs that shall change, as the client takes them."""
        target, data = self._device.target, self.cleaned_data
        changed = {
            shorthand.name: data[shorthand.name]
            for shorthand in target.shorthands
            if data[shorthand.name] is not None
        }
        for knob in target:
            free = data.get(_FREE.format(knob.name))
            value = knob.unlimited if free else data[knob.name]
            if value != self._device.tuned.get(knob.name):
                changed[knob.name] = value
        return changed

    def terms(self) -> dict[str, int]:
        """Return for how long, as the client takes it."""
        minutes = self.cleaned_data[_MINUTES]
        return {} if minutes is None else {'duration': minutes * 60}

    @property
    def minutes(self) -> Any:
        """The field for how long the limits shall last."""
        return self[_MINUTES]

    def refuse(self, error: errors.Refused) -> None:
        """Put what the API said at the field that it is about."""
        knob = errors.culprit(self._device.target, error.sentence)
        self.add_error(knob.name if knob else None, error.sentence)


def _invalid(name: str) -> dict[str, str]:
    # What is wrong is read out before what the field is for.
    described = f'live-tune-error-{name} live-tune-help-{name}'
    return {'aria-invalid': 'true', 'aria-describedby': described}


def _number(
    knob: Knob | Shorthand, initial: int | None, placeholder: str
) -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        initial=initial,
        label=knob.title,
        widget=_text(knob.name, placeholder),
    )


def _text(name: str, placeholder: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={
            'class': 'form-control',
            'inputmode': 'numeric',
            'autocomplete': 'off',
            'placeholder': placeholder,
            'aria-describedby': f'live-tune-help-{name}',
        }
    )
