// SPDX-License-Identifier: Apache-2.0
/* Small charts of what a server uses beside what limits it.
 *
 * They are drawn from numbers that are polled, and kept while the page is
 * open, so that a row that is drawn anew has its chart at once.
 */
(function () {
  'use strict';

  var SVG = 'http://www.w3.org/2000/svg';
  var WIDTH = 300;
  var HEIGHT = 40;
  /* Seconds that a chart shows, and at least does when it is new. */
  var WINDOW = 300;
  var BEGIN = 60;
  /* How much longer to wait after something went wrong. */
  var PATIENCE = 6;
  /* A first pair of looks is near, so that there is something to see. */
  var FIRST = 1500;

  /* By the gauge: what it is, and what it was in the last minutes. */
  var history = {};

  function element(name, attributes) {
    var made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    return made;
  }

  function deviceOf(gauge) {
    return gauge.device ? gauge.target + ':' + gauge.device : gauge.target;
  }

  function remember(server, gauges, at) {
    gauges.forEach(function (gauge) {
      var key = [server, deviceOf(gauge), gauge.measure].join(' ');
      var kept = history[key] || {points: []};
      kept.server = server;
      kept.gauge = gauge;
      kept.at = at;
      if (gauge.use !== null) {
        kept.points.push({at: at, use: gauge.use});
      }
      kept.points = kept.points.filter(function (point) {
        return point.at > at - WINDOW;
      });
      history[key] = kept;
    });
  }

  function top(kept) {
    /* A limit is the measure; without one, a trickle must not look a flood. */
    var most = kept.points.reduce(function (so_far, point) {
      return Math.max(so_far, point.use);
    }, kept.gauge.limit || kept.gauge.least);
    return most * 1.15;
  }

  function line(kept) {
    var most = top(kept);
    var span = kept.points.length ? kept.at - kept.points[0].at : 0;
    return kept.points.map(function (point) {
      var x = WIDTH * (1 - (kept.at - point.at) / Math.max(span, BEGIN));
      var y = HEIGHT * (1 - point.use / most);
      return x.toFixed(1) + ',' + y.toFixed(1);
    });
  }

  function picture(kept) {
    var drawn = element('svg', {
      'viewBox': '0 0 ' + WIDTH + ' ' + HEIGHT,
      'preserveAspectRatio': 'none',
      'role': 'img',
      'aria-label': kept.gauge.title + ': ' + kept.gauge.words
    });
    var points = line(kept);
    if (points.length) {
      var first = points[0].split(',')[0];
      var last = points[points.length - 1].split(',')[0];
      drawn.appendChild(element('polygon', {
        'class': 'live-tune-area text-primary',
        'points': [first + ',' + HEIGHT].concat(
          points, [last + ',' + HEIGHT]).join(' ')
      }));
      drawn.appendChild(element('polyline', {
        'class': 'live-tune-use text-primary',
        'points': points.join(' ')
      }));
    }
    if (kept.gauge.limit !== null) {
      var y = (HEIGHT * (1 - kept.gauge.limit / top(kept))).toFixed(1);
      drawn.appendChild(element('line', {
        'class': 'live-tune-limit text-danger',
        'x1': 0, 'x2': WIDTH, 'y1': y, 'y2': y
      }));
    }
    return drawn;
  }

  function chart(kept) {
    var caption = $('<figcaption>')
      .append($('<strong>').text(kept.gauge.title), ' ')
      .append($('<span class="live-tune-words">').text(kept.gauge.words));
    return $('<figure class="live-tune-chart">')
      .attr('data-measure', kept.gauge.measure)
      .append(caption, picture(kept));
  }

  /* Draw the charts of each device that is shown. */
  function draw($root) {
    var server = $root.attr('data-usage-url');
    $root.find('.live-tune-device').each(function () {
      var $device = $(this);
      var device = $device.attr('data-device');
      var charts = Object.keys(history).map(function (key) {
        return history[key];
      }).filter(function (kept) {
        return kept.server === server && deviceOf(kept.gauge) === device;
      }).map(chart);
      $device.find('.live-tune-charts').empty().append(charts);
    });
  }

  function notice($root, sentence) {
    $root.find('.live-tune-notice').text(sentence);
  }

  function poll($root, before) {
    var url = $root.attr('data-usage-url');
    var interval = 1000 * $root.attr('data-interval');

    function again(sample, wait) {
      window.setTimeout(function () { poll($root, sample); }, wait);
    }

    if (!$.contains(document.documentElement, $root[0])) {
      return;
    }
    if (document.hidden || !$root.is(':visible')) {
      again(before, interval);
      return;
    }
    $.ajax({
      type: 'POST',
      url: url,
      contentType: 'application/json',
      data: JSON.stringify(before),
      dataType: 'json',
      headers: {'X-CSRFToken': $root.attr('data-csrf')}
    }).done(function (answer) {
      notice($root, '');
      remember(url, answer.gauges, answer.sample.at);
      draw($root);
      again(answer.sample, before ? interval : FIRST);
    }).fail(function (answer) {
      var said = answer.responseJSON || {};
      notice($root, said.sentence || '');
      if (answer.status !== 403 && answer.status !== 401) {
        again(null, PATIENCE * interval);
      }
    });
  }

  /* Begin to draw, where there is something to draw from. */
  function start($root) {
    if ($root.attr('data-usage-url') && !$root.data('live-tune-polls')) {
      $root.data('live-tune-polls', true);
      poll($root, null);
    }
  }

  horizon.live_tune = {draw: draw, start: start};
}());
