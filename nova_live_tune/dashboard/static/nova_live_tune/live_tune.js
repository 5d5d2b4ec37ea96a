// SPDX-License-Identifier: Apache-2.0
/* The tab: forms that save without loading the page anew. */
horizon.addInitFunction(function () {
  'use strict';

  /* What opened a dialog: a device's key, '' for all, and which button. */
  var opener = null;

  function deviceOf(key) {
    return $('.live-tune-device').filter(function () {
      return $(this).attr('data-device') === key;
    });
  }

  function start($within) {
    $within.find('.live-tune').addBack('.live-tune').each(function () {
      horizon.live_tune.start($(this));
    });
  }

  /* Put devices that have changed in the place of what is shown. */
  function replace(rows) {
    $('<div>').html(rows).find('.live-tune-device').each(function () {
      deviceOf($(this).attr('data-device')).replaceWith(this);
    });
    $('.live-tune').each(function () {
      var $root = $(this);
      $root.find('.live-tune-reset-all')
        .toggleClass('hidden', !$root.find('.live-tune-reset').length);
      horizon.live_tune.draw($root);
    });
  }

  /* Where the keyboard was before a dialog came up. */
  function refocus() {
    if (opener === null) {
      return;
    }
    var $device = deviceOf(opener.device);
    var $button = opener.device ? $device.find(opener.button)
                                : $(opener.button);
    if (!$button.filter(':visible').length) {
      $button = ($device.length ? $device : $('.live-tune'))
        .find('.live-tune-set').first();
    }
    $button.trigger('focus');
    opener = null;
  }

  function busy($form, is) {
    $form.attr('aria-busy', is).find('[type=submit]').prop('disabled', is);
  }

  function wrong($form, answer) {
    var said = answer.responseJSON || {};
    if (answer.status === 422) {
      var $again = $('<div>').html(answer.responseText);
      $form.find('.modal-body')
        .replaceWith($again.find('.live-tune-form .modal-body'));
      prepare($form);
      $form.find('.has-error input[type=text]').first().trigger('focus');
    } else if (answer.status === 401 || answer.status === 403) {
      // Horizon's own answer, when the session is over.
      window.location.reload();
    } else {
      $form.find('.live-tune-refusal').removeClass('hidden')
        .text(said.sentence || $form.attr('data-failed'));
    }
  }

  function submit(evt) {
    var $form = $(this);
    evt.preventDefault();
    // Horizon's own handler would load the page anew.
    evt.stopPropagation();
    busy($form, true);
    $.ajax({
      type: 'POST',
      url: $form.attr('action'),
      data: $form.serialize()
    }).done(function (answer) {
      replace(answer.rows);
      $form.closest('.modal').modal('hide');
      horizon.toast.add('success', answer.said);
    }).fail(function (answer) {
      wrong($form, answer);
    }).always(function () {
      busy($form, false);
    });
  }

  /* A box for no limit and a number exclude each other. */
  function prepare($within) {
    $within.find('.live-tune-free input').each(function () {
      var $box = $(this);
      var $field = $box.closest('.form-group').find('input[type=text]');
      function settle() {
        $field.prop('disabled', $box.prop('checked'));
      }
      $box.on('change', settle);
      settle();
    });
  }

  $('#modal_wrapper')
    .on('submit', 'form.live-tune-form', submit)
    .on('hidden.bs.modal', '.live-tune-modal', refocus);

  $(document).on('click', '.live-tune .ajax-modal', function () {
    var $link = $(this);
    var buttons = ['set', 'reset-all', 'reset'].filter(function (name) {
      return $link.hasClass('live-tune-' + name);
    });
    opener = {
      device: $link.closest('.live-tune-device').attr('data-device') || '',
      button: '.live-tune-' + buttons[0]
    };
  });

  horizon.modals.addModalInitFunction(function (modal) {
    prepare($(modal));
  });
  horizon.tabs.addTabLoadFunction(start);
  start($(document));
});
