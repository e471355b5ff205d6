'use strict';
// The report of one `inspect` run.
(() => {
  const {data, t, el, number, visible, put} = zm;
  const {run, summary, verdicts, limits} = data;
  const order = ['REJECT', 'REVIEW', 'ERROR', 'PASS'];
  const limitText = {review: () => zm.exact(limits.review_at), reject: () => zm.exact(limits.reject_at)};
  const model = run.model || {};
  const gallery = zm.gallery('gallery', data.shown, order, verdicts, limits);

  function header() {
    const name = [model.name, model.version].filter(Boolean).map(visible).join(' ');
    document.title = t('inspect.title') + ' – ' + name;
    put('meta', [name, zm.has('task.' + model.task) ? t('task.' + model.task) : visible(model.task || ''), t('images_n', {n: data.images})].filter(Boolean).join(' · '));
  }

  function outcome() {
    const parts = order.filter(v => verdicts[v] > 0).map(v => t('headline.' + v, {n: verdicts[v]}));
    const text = data.images === 0 ? t('headline.empty')
      : verdicts.PASS === data.images ? t('headline.all_pass', {n: data.images})
      : t('headline.some', {images: t('images_n', {n: data.images}), parts: parts.join(', ')});
    put('headline', text);
    put('share', order.filter(v => verdicts[v] > 0).map(v => zm.wide(el('span', {class: v + '-fill'}), verdicts[v] / data.images)));
    document.getElementById('share').setAttribute('aria-label', text);
    const band = limits.review_at < limits.reject_at;
    put('cards', order.map(v => el('button',
      {type: 'button', class: 'card' + (verdicts[v] ? '' : ' zero'), 'data-verdict': v, onclick: () => { gallery.show(v); location.hash = 'images'; }},
      el('span', {class: 'name'}, el('span', {class: 'dot ' + v + '-fill'}), t('verdict.' + v)),
      el('span', {class: 'count'}, el('span', {'data-count': v}, number(verdicts[v])), el('span', {class: 'percent'}, zm.percent(verdicts[v], data.images))),
      el('span', {class: 'says'}, t(v === 'REVIEW' && !band ? 'says.no_review' : 'says.' + v, {review: limitText.review(), reject: limitText.reject()})))));
    const settings = run.settings || {};
    put('notes', [
      settings.for_calibration ? el('p', {class: 'callout warn', 'data-note': 'calibration'}, t('note.calibration', {precision: settings.precision})) : '',
      run.position_exact === false ? el('p', {class: 'callout warn'}, t('note.position')) : ''].filter(Boolean));
  }

  function scores() {
    const h = data.histogram;
    const counted = ['PASS', 'REVIEW', 'REJECT'];
    const step = (h.to - h.from) / h.counts.PASS.length;
    const edge = i => zm.brief(h.from + i * step);
    const inBin = i => counted.reduce((sum, v) => sum + h.counts[v][i], 0);
    const most = Math.max(1, ...h.counts.PASS.map((c, i) => inBin(i)));
    const hint = t(limits.review_at < limits.reject_at ? 'scores.hint' : 'scores.hint_one', {review: limitText.review(), reject: limitText.reject()});
    put('scores-hint', hint + (h.above ? ' ' + t('scores.above', {n: h.above, to: zm.brief(h.to)}) : ''));
    document.getElementById('scores').setAttribute('aria-label', hint);
    return css => {
      // The limits, as lines across the plot with their names above it.
      const lines = {id: 'limits', afterDatasetsDraw(chart) {
        const {ctx, chartArea: area, scales} = chart;
        const same = limits.review_at === limits.reject_at;
        const wanted = same ? [['limit.both', limits.reject_at, '--REJECT', 'left']]
          : [['limit.review', limits.review_at, '--REVIEW', 'right'], ['limit.reject', limits.reject_at, '--REJECT', 'left']];
        ctx.save();
        ctx.font = '600 11px ' + Chart.defaults.font.family;
        for (const [key, at, colour, side] of wanted) {
          const x = scales.x.getPixelForValue(at);
          const text = t(key, {at: zm.exact(at)});
          const width = ctx.measureText(text).width;
          ctx.strokeStyle = ctx.fillStyle = css(colour);
          ctx.lineWidth = 1.5;
          ctx.setLineDash([4, 3]);
          ctx.beginPath();
          ctx.moveTo(x, area.top - 4);
          ctx.lineTo(x, area.bottom);
          ctx.stroke();
          const start = side === 'left' ? Math.min(x + 4, area.right - width) : Math.max(x - 4 - width, area.left);
          ctx.fillText(text, start, key === 'limit.review' ? area.top - 20 : area.top - 7);
        }
        ctx.restore();
      }};
      return {
        type: 'bar', plugins: [lines],
        data: {datasets: counted.map(v => ({label: t('verdict.' + v), backgroundColor: css('--' + v), grouped: false, barPercentage: 1, categoryPercentage: .92,
          data: h.counts[v].map((y, i) => ({x: h.from + (i + .5) * step, y: y || null}))}))},
        options: {animation: false, responsive: true, maintainAspectRatio: false, layout: {padding: {top: 34}},
          interaction: {mode: 'index', intersect: false},
          scales: {
            x: {type: 'linear', stacked: true, offset: false, min: h.from, max: h.to, grid: {display: false}, title: {display: true, text: t('scores.axis')},
              ticks: {callback: value => zm.brief(value), maxRotation: 0, includeBounds: false}},
            y: {type: 'logarithmic', stacked: true, min: .5, max: most * 1.6, title: {display: true, text: t('scores.count')},
              ticks: {callback: value => Number.isInteger(Math.log10(value)) ? number(value) : null}}},
          plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 10, boxHeight: 10}},
            tooltip: {filter: item => item.raw.y !== null, callbacks: {
              title: items => items.length ? edge(items[0].dataIndex) + ' – ' + edge(items[0].dataIndex + 1) : '',
              label: item => item.dataset.label + ': ' + number(item.raw.y)}}}}};
    };
  }

  function errors() {
    const rows = Object.entries(data.errors).sort((a, b) => b[1] - a[1]).map(([code, count]) => [
      el('span', {}, el('code', {}, visible(code)), el('br'), el('span', {class: 'quiet'}, zm.has('error.' + code) ? t('error.' + code) : '')),
      el('span', {'data-error-count': code}, number(count))]);
    put('errors', rows.length ? zm.table([{title: t('column.code')}, {title: t('column.images'), number: true}], rows) : el('p', {}, t('errors.none')));
  }

  function images() {
    const missing = data.images - data.shown.length;
    const pictures = data.shown.filter(i => i.tile).length;
    put('images-hint', t('images.order') + ' ',
      ...(missing > 0 ? [t('images.missing', {n: missing, pictures, listed: data.shown.length}) + ' ', el('a', {href: 'results.csv'}, 'results.csv')] : []));
  }

  // What is held for review whatever its score, and why.
  function held() {
    const {images: list, total, outside_guard: outside, near_limit: near, unstable, flips} = data.held;
    const proof = (run.settings || {}).prove_stable;
    document.getElementById('held-section').hidden = total === 0 && !proof;
    const causes = Object.entries(flips).sort((a, b) => b[1] - a[1]).map(([cause, n]) => [zm.cause(cause), el('span', {'data-cause-count': cause}, number(n))]);
    const rows = list.map(image => [visible(image.image), el('span', {class: image.verdict + '-ink'}, t('verdict.' + image.verdict)),
      zm.score(image.score, [limits.review_at, limits.reject_at]), el('ul', {class: 'why'}, zm.why(image).map(line => el('li', {}, line)))]);
    put('held',
      ...(outside ? [el('p', {}, t('held.guard', {n: outside}))] : []),
      ...(proof ? [el('p', {}, t('held.stability', {near, n: unstable, band: zm.exact(proof.band)}))] : []),
      ...(causes.length ? [zm.table([{title: t('held.cause')}, {title: t('column.images'), number: true}], causes)] : []),
      ...(rows.length ? [el('details', {open: true}, el('summary', {}, t('held.list', {n: total})),
        el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': t('held.title')},
          zm.table([{title: t('column.image')}, {title: t('column.verdict')}, {title: t('column.score'), number: true}, {title: t('held.why')}], rows)),
        total > list.length ? el('p', {class: 'hint'}, t('held.more', {n: total - list.length})) : null)] : []));
  }

  function skipped() {
    const list = Array.isArray(summary.skipped) ? summary.skipped : [];
    const total = summary.skipped_total || 0;
    document.getElementById('skipped-files').hidden = total === 0;
    const rows = list.map(s => [visible(s.path ?? ''), visible(s.reason ?? '')]);
    put('skipped', el('p', {class: 'hint'}, t('skipped.hint', {n: total})),
      el('details', {}, el('summary', {}, t('skipped.show')),
        zm.table([{title: t('column.path')}, {title: t('column.reason')}], rows),
        total > list.length ? el('p', {class: 'hint'}, t('skipped.more', {n: total - list.length})) : null));
  }

  function modelSection() {
    const {classes, ...rest} = model;
    const chips = (Array.isArray(classes) ? classes : []).filter(Boolean).map(c => el('span', {class: 'chip' + (c.defect ? ' defect' : '')},
      visible(c.name ?? zm.plain(c)) + (c.defect ? ' · ' + t('defect') : '')));
    put('model', zm.pairs({...rest, ...(zm.has('task.' + rest.task) ? {task: t('task.' + rest.task)} : {}), review_at: limits.review_at, reject_at: limits.reject_at}),
      chips.length ? el('div', {class: 'group'}, el('h3', {}, t('key.classes')), el('div', {class: 'chips'}, chips)) : el('span'));
  }

  function timing() {
    const {stages, seconds, images_per_s: rate} = summary;
    const entries = Object.entries(stages || {}).filter(([, value]) => typeof value === 'number');
    const sum = entries.reduce((total, [, value]) => total + value, 0);
    const rows = entries.map(([name, value]) => [zm.has('stage.' + name) ? t('stage.' + name) : visible(name),
      zm.wide(el('span', {class: 'bar'}), sum ? value / sum : 0), zm.seconds(value), zm.percent(value, sum)]);
    put('timing',
      typeof rate === 'number' ? el('p', {class: 'rate'}, zm.brief(rate), ' ', el('small', {}, t('timing.rate'))) : '',
      typeof seconds === 'number' ? el('p', {class: 'hint'}, t('timing.total', {n: data.images, time: zm.seconds(seconds)})) : '',
      rows.length ? el('p', {class: 'hint timing-hint'}, t('timing.stages')) : '',
      rows.length ? zm.table([{title: t('timing.stage')}, {title: ''}, {title: t('timing.time'), number: true}, {title: t('timing.share'), number: true}], rows, 'bars') : '');
  }

  // Everything else that run.json and summary.json say, whatever later versions add.
  function environment() {
    const known = {run: ['schema', 'model', 'limits', 'images'],
                   summary: ['schema', 'images', 'verdicts', 'errors', 'skipped', 'skipped_total', 'seconds', 'images_per_s', 'stages']};
    const other = {};
    const groups = [];
    const isGroup = value => value !== null && typeof value === 'object' && !Array.isArray(value);
    for (const [from, object] of [['run', run], ['summary', summary]]) {
      for (const [key, value] of Object.entries(object)) {
        if (known[from].includes(key)) continue;
        if (isGroup(value)) groups.push([key, value]);
        else other[key] = value;
      }
    }
    if (Object.keys(other).length) groups.push(['other', other]);
    put('run', groups.map(([name, value]) => el('div', {class: 'group'}, el('h3', {}, zm.has('group.' + name) ? t('group.' + name) : visible(name)), zm.pairs(value))));
  }

  for (const part of [header, outcome, errors, held, images, skipped, modelSection, timing, environment]) zm.onRender(part);
  zm.chart('scores', css => scores()(css));
  zm.start();
})();
