'use strict';
// The report of one `evaluate`: everything stands on data.metrics, which is metrics.json.
(() => {
  const {data, t, el, number, rate, rateAtMost, rateAtLeast, visible, put} = zm;
  const {metrics, truths, kinds, shown} = data;
  const point = metrics.operating_point;
  const reasons = metrics.reasons || {};
  const decisions = ['passed', 'flagged', 'not_judged', 'missing'];
  const kindOrder = ['escape', 'overkill', 'not_judged', 'missing', 'wrong', 'right'];
  const kindColour = {escape: 'REJECT', overkill: 'REVIEW', not_judged: 'ERROR', missing: 'ERROR', wrong: 'REVIEW', right: 'PASS'};
  const classes = (metrics.classification?.confusion_matrix?.labels) || [];
  const section = (id, there) => { document.getElementById(id).hidden = !there; return there; };

  // A figure that does not exist is a dash; its reason is in the tooltip, and read out.
  // More digits where a figure would read as 0 or as perfect, and is not.
  function digitsOf(value, whole, digits) {
    const seems = end => Math.abs(value - end) > 1e-12 && Number(value.toFixed(digits)) === end;
    while (digits < 12 && (seems(0) || seems(whole))) ++digits;
    return digits;
  }
  const four = v => number(v, {minimumFractionDigits: 4, maximumFractionDigits: digitsOf(v, 1, 4)});
  function figure(value, path, show = four) {
    if (typeof value === 'number') return el('span', {}, show(value));
    const reason = reasons[path];
    return el('span', {class: 'quiet', title: reason ? visible(reason) : undefined, 'aria-label': '– ' + (reason ? visible(reason) : '')}, '–');
  }
  const calibrating = point?.origin === 'calibration on these images';
  const pointText = () => point
    ? t('point.' + (typeof point.threshold === 'number' ? 'at' : 'without'), {origin: visible(point.origin ?? ''), at: typeof point.threshold === 'number' ? zm.exact(point.threshold) : ''})
    : t('point.none');

  function header() {
    document.title = t(calibrating ? 'calibrate.title' : 'evaluate.title');
    if (calibrating) document.querySelector('h1').textContent = document.title;
    if (calibrating) document.getElementById('files').replaceChildren(el('span', {}, t('files.title')), ' ', el('a', {href: 'calibration.json'}, 'calibration.json'));
    const task = zm.has('task.' + metrics.task) ? t('task.' + metrics.task) : visible(metrics.task);
    put('meta', [task, t('images_n', {n: metrics.images}), t('evaluate.inputs', {predictions: visible(metrics.predictions_format ?? ''), gt: visible(metrics.gt_format ?? '')})].join(' · '));
  }

  function card(name, colour, count, small, says, onclick) {
    return el('button', {type: 'button', class: 'card' + (count === '0' ? ' zero' : ''), onclick},
      el('span', {class: 'name'}, el('span', {class: 'dot ' + colour + '-fill'}), name),
      el('span', {class: 'count'}, count, el('span', {class: 'percent'}, small)),
      el('span', {class: 'says'}, says));
  }

  function outcome() {
    if (metrics.regression) {
      const r = metrics.regression;
      put('headline', t('headline.regression', {n: r.samples, mae: typeof r.mae === 'number' ? zm.brief(r.mae) : '–'}));
      put('cards', ['mae', 'rmse', 'max_error', 'r2'].map(key => el('div', {class: 'card still'}, el('span', {class: 'name'}, t('key.' + key)),
        el('span', {class: 'count'}, typeof r[key] === 'number' ? zm.brief(r[key]) : '–'))));
      put('notes', '');
      return;
    }
    if (!point) {
      put('headline', t('headline.no_point'));
      put('cards', '');
      put('notes', el('p', {class: 'callout warn'}, t('point.none') + ' (' + visible(reasons.operating_point ?? '') + ')'));
      return;
    }
    const upper = typeof point.escape_rate_upper === 'number' ? rateAtMost(point.escape_rate_upper) : '–';
    const claim = metrics.certificate?.overall;
    if (typeof metrics.certificate?.groups === 'number' && claim?.defective > 0) {
      put('headline', t('headline.parts', {n: claim.escapes, all: claim.defective - (claim.not_judged ?? 0), upper: rateAtMost(claim.escape_rate_upper), confidence: rate(point.confidence, 1)}));
    } else put('headline', point.defective === 0 ? t('headline.no_defects') : t('headline.escapes', {n: point.escapes, all: point.defective, upper, confidence: rate(point.confidence, 1)}));
    const show = kind => () => { gallery.set({kind, cell: null}); location.hash = 'images'; };
    const interval = point.recall_interval ? rateAtLeast(point.recall_interval[0]) + ' – ' + rateAtMost(point.recall_interval[1]) : '–';
    put('cards', [
      card(t('kind.escape'), 'REJECT', number(point.escapes), t('of', {n: point.defective}), t('says.escapes', {upper, confidence: rate(point.confidence, 1)}), show('escape')),
      card(t('kind.overkill'), 'REVIEW', number(point.overkills), t('of', {n: point.good}), t('says.overkills', {rate: typeof point.overkill_rate === 'number' ? rate(point.overkill_rate) : '–'}), show('overkill')),
      card(t('recall'), 'PASS', typeof point.recall === 'number' ? rate(point.recall) : '–', '', t('says.recall', {interval}), show('')),
      card(t('accuracy'), 'PASS', typeof point.accuracy === 'number' ? rate(point.accuracy) : '–', '',
        t('says.accuracy', {always: typeof point.always_pass_accuracy === 'number' ? rate(point.always_pass_accuracy) : '–'}), show(''))]);
    const notes = [el('p', {class: 'callout', id: 'point'}, pointText())];
    if (metrics.certificate?.limit_from_same_images) notes.push(el('p', {class: 'callout warn'}, t('note.same_images')));
    if (kinds.not_judged > 0) notes.push(el('p', {class: 'callout warn'}, t('note.not_judged', {n: kinds.not_judged})));
    const lost = truths.reduce((sum, row) => sum + row.decisions[3], 0);
    if (lost > 0) notes.push(el('p', {class: 'callout warn'}, t('note.missing', {n: lost})));
    put('notes', notes);
  }

  function gates() {
    const list = metrics.gates || [];
    if (!section('gates-section', list.length > 0 || Boolean(metrics.baseline))) return;
    const ink = {PASS: 'PASS', FAIL: 'REJECT', INSUFFICIENT_EVIDENCE: 'REVIEW'};
    const some = list.some(g => typeof g.baseline === 'number');
    const value = v => typeof v === 'number' ? number(v, {maximumSignificantDigits: 6}) : '–';
    const named = g => (g.images || []).slice(0, 50).map(name => el('div', {class: 'quiet'}, visible(name)));
    const columns = [{title: t('gates.expression')}, {title: t('gates.value'), number: true}, ...(some ? [{title: t('gates.baseline'), number: true}] : []), {title: t('gates.state')}];
    const parts = list.length === 0 ? [] : [zm.table(columns, list.map(g => [el('div', {}, el('code', {}, visible(g.expression)), ...named(g)), value(g.value), ...(some ? [value(g.baseline)] : []),
      el('strong', {class: ink[g.state] + '-ink'}, zm.has('gate.' + g.state) ? t('gate.' + g.state) : visible(g.state))]))];
    const b = metrics.baseline;
    if (b && typeof b.new_escapes !== 'number') parts.push(el('p', {class: 'callout warn', id: 'baseline'}, t('gates.not_compared', {folder: visible(b.folder)})));
    else if (b) parts.push(el('p', {class: 'callout' + (b.new_escapes > 0 ? ' warn' : ''), id: 'baseline'}, t('gates.against', {folder: visible(b.folder), new_escapes: number(b.new_escapes),
      repaired_escapes: number(b.repaired_escapes), new_overkills: number(b.new_overkills), repaired_overkills: number(b.repaired_overkills)})));
    put('gates', parts);
  }

  function certificate() {
    const c = metrics.certificate;
    if (!section('certificate-section', Boolean(c))) return;
    const parts = typeof c.groups === 'number';
    put('certificate-hint', t(parts ? 'certificate.parts' : 'certificate.hint', {confidence: rate(c.confidence ?? point.confidence, 1), n: c.groups ?? 0}) + ' ' + pointText());
    const overall = c.overall ?? c;
    // Images in ERROR are no evidence: they stand beside those that are.
    const judged = claim => claim.defective - (claim.not_judged ?? 0);
    const row = (claim, name) => [name, number(claim.escapes), number(judged(claim)) + (claim.not_judged ? ' + ' + number(claim.not_judged) + ' ERROR' : ''),
      judged(claim) ? figure(claim.escape_rate_upper, '', v => rateAtMost(v, 3)) : '–', number(claim.more_for_1_percent), number(claim.more_for_0_1_percent)];
    put('certificate', zm.table([{title: t('column.class')}, {title: t('kind.escape'), number: true}, {title: t(parts ? 'certificate.defective_parts' : 'column.defective'), number: true},
      {title: t('certificate.upper'), number: true}, {title: t('certificate.one'), number: true}, {title: t('certificate.mille'), number: true}],
      [row(overall, el('strong', {}, t('certificate.all'))), ...(c.classes || []).map(claim => row(claim, visible(claim.name ?? '')))]));
  }

  // The smallest defect that is still found: what is shown, or why it is not.
  const pod = metrics.pod;
  const podUnit = pod && pod.unit === 'um2' ? 'µm²' : 'px';
  const podSize = size => typeof size === 'number' ? (Math.abs(size) >= 1e4 ? number(Math.round(size)) : zm.brief(size)) + '\u00a0' + podUnit : '–';
  function podSection() {
    if (!section('pod-section', Boolean(pod))) return;
    section('pod-file', true);
    const confidence = rate(pod.confidence, 1);
    const sizes = {n: pod.targets, overlap: pod.overlap_targets, smallest: podSize(pod.smallest), largest: podSize(pod.largest),
      smallest_found: podSize(pod.smallest_found), largest_missed: podSize(pod.largest_missed)};
    put('pod-hint', t('pod.hint.' + pod.target, {found: number(pod.found), n: number(pod.targets), passed: number(pod.missed_in_passed_images ?? 0)}) + ' ' + pointText());
    const line = key => {
      if (typeof pod[key] === 'number') return el('p', {class: 'callout', id: 'pod-' + key}, t('pod.' + key, {size: podSize(pod[key])}));
      const reason = reasons['pod.' + key] ?? '';
      return el('p', {class: 'callout warn', id: 'pod-' + key}, t('pod.cannot.' + key, {why: zm.has('pod.reason.' + reason) ? t('pod.reason.' + reason, sizes) : visible(reason)}));
    };
    const says = [line('a90_95'), line('a90')];
    const plain = [];
    if (typeof pod.largest_missed === 'number') plain.push(t('pod.largest_missed', {size: podSize(pod.largest_missed)}));
    if (pod.always_found.targets > 0) plain.push(t('pod.always', {n: number(pod.always_found.targets), size: podSize(pod.always_found.from), confidence,
      lower: rateAtLeast(pod.always_found.recall_lower, 1)}));
    if (plain.length) says.push(el('p', {class: 'hint'}, plain.join(' ')));
    for (const warning of pod.warnings) says.push(el('p', {class: 'callout warn'}, t('pod.warning.' + warning, sizes)));
    if (pod.without_size > 0) says.push(el('p', {class: 'callout warn'}, t('pod.without_size', {n: pod.without_size})));
    put('pod-says', says);
    put('pod-table', zm.table([{title: t('pod.size', {unit: podUnit})}, {title: t('pod.defects'), number: true}, {title: t('pod.found'), number: true},
      {title: t('column.recall'), number: true}, {title: t('pod.lower', {confidence}), number: true}],
      pod.bins.map((bin, i) => [t('pod.range', {from: zm.brief(bin.from), to: zm.brief(bin.to)}), number(bin.targets), number(bin.found),
        figure(bin.recall, 'pod.bins[' + i + '].recall', v => rate(v, 1)), figure(bin.recall_lower, 'pod.bins[' + i + '].recall_lower', v => rate(Math.floor(1000 * v) / 1000, 1))])));
    document.getElementById('pod').setAttribute('aria-label', t('pod.title'));
  }
  const podLines = css => ({id: 'podLines', afterDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales} = chart;
    const stroke = (x0, y0, x1, y1) => { ctx.beginPath(); ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); ctx.stroke(); };
    ctx.save();
    ctx.font = '600 11px ' + Chart.defaults.font.family;
    ctx.strokeStyle = ctx.fillStyle = css('--ink');
    ctx.setLineDash([4, 3]);
    const y = scales.y.getPixelForValue(0.9);
    stroke(area.left, y, area.right, y);
    ['a90', 'a90_95'].filter(key => typeof pod[key] === 'number').forEach((key, i) => {
      const x = scales.x.getPixelForValue(pod[key]);
      const text = key.replace('_', '/') + ' ' + podSize(pod[key]);
      stroke(x, y, x, area.bottom);
      ctx.fillText(text, Math.max(area.left, Math.min(x + 4, area.right - ctx.measureText(text).width)), area.bottom - 8 - 16 * i);
    });
    ctx.restore();
  }});
  function podChart(css) {
    const {size, pod: share, low, high} = data.pod_curve;
    const path = ys => size.map((x, i) => ({x, y: ys[i]}));
    const bounds = t('pod.bounds', {confidence: rate(pod.confidence, 1)});
    const line = (label, ys, colour, width, dash) => ({type: 'line', label, data: path(ys), borderColor: css(colour), backgroundColor: css(colour), borderWidth: width, borderDash: dash, pointRadius: 0, tension: 0});
    const seen = pod.bins.filter(bin => bin.targets > 0).map(bin => ({x: Math.sqrt(bin.from * bin.to), y: bin.recall}));
    return {type: 'scatter', plugins: [podLines(css)], data: {datasets: [line(t('pod.curve'), share, '--ink', 2.4, []), line(bounds, low, '--accent', 1.4, [6, 3]),
        line('', high, '--accent', 1.4, [6, 3]), {type: 'scatter', label: t('pod.seen'), data: seen, pointRadius: 4, backgroundColor: css('--PASS'), borderColor: css('--PASS')}]},
      options: {animation: false, responsive: true, maintainAspectRatio: false, interaction: {mode: 'nearest', intersect: false},
        scales: {x: {type: 'logarithmic', title: {display: true, text: t('pod.axis', {unit: podUnit})}, ticks: {callback: v => /^[125]e/.test(Number(v).toExponential()) ? zm.brief(v) : null, maxRotation: 0}},
          y: {type: 'linear', min: 0, max: 1, title: {display: true, text: t('pod.share')}, ticks: {callback: v => rate(v, 0)}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 14, boxHeight: 2, filter: item => item.text !== ''}},
          tooltip: {callbacks: {title: () => '', label: item => podSize(item.raw.x) + ': ' + rate(item.raw.y, 1)}}}}};
  }

  const cellButton = (count, most, wrong, label, onclick) => el('td', {class: 'n heat'},
    count === 0 ? el('span', {class: 'quiet'}, '0')
      : shade(el('button', {type: 'button', class: wrong ? 'bad' : 'good', 'aria-label': label, title: label, onclick}, number(count)), count / most));
  // Darker for more, on a logarithmic scale, so that one miss among thousands is still seen.
  function shade(node, part) {
    node.style.setProperty('--part', (20 + 80 * (1 + Math.log10(Math.max(part, 1e-4)) / 4)).toFixed(0) + '%');
    return node;
  }
  const heat = (head, rows) => el('table', {class: 'matrix'}, el('thead', {}, el('tr', {}, head.map((h, i) => el('th', {scope: 'col', class: i ? 'n' : undefined}, h)))), el('tbody', {}, rows));

  function decisionTable() {
    if (!section('decisions-section', Boolean(point))) return;
    put('decisions-hint', t('decisions.hint') + ' ' + pointText());
    const used = decisions.filter((d, i) => i < 2 || truths.some(row => row.decisions[i] > 0));
    const most = Math.max(1, ...truths.flatMap(row => row.decisions));
    put('decisions', heat([t('column.truth'), '', ...used.map(d => t('decision.' + d))], truths.map((row, index) => el('tr', {},
      el('th', {scope: 'row'}, visible(row.name)), el('td', {class: 'quiet'}, t(row.defect ? 'defect' : 'good')),
      used.map(d => {
        const count = row.decisions[decisions.indexOf(d)];
        const wrong = row.defect ? d !== 'flagged' : d !== 'passed';
        return cellButton(count, most, wrong, t('cell.label', {n: count, truth: visible(row.name), found: t('decision.' + d)}),
          () => showCell({truth: index, decision: d}));
      })))));
  }

  function matrix() {
    const m = metrics.classification?.confusion_matrix ?? metrics.detection?.confusion_matrix ?? metrics.segmentation?.confusion_matrix;
    if (!section('matrix-section', Boolean(m) && m.labels.length > 0)) return;
    const limit = 40;
    const labels = m.labels.slice(0, limit);
    const images = Boolean(metrics.classification);
    put('matrix-hint', t(images ? 'matrix.hint' : metrics.detection ? 'matrix.objects' : 'matrix.pixels') + (metrics.detection ? ' ' + pointText() : '') + (m.labels.length > limit ? ' ' + t('matrix.more', {n: m.labels.length - limit}) : ''));
    const none = Array.isArray(m.unpredicted) && m.unpredicted.some(n => n > 0);
    const most = Math.max(1, ...m.counts.flat());
    const row = (name, i) => el('tr', {}, el('th', {scope: 'row'}, visible(name)),
      labels.map((other, j) => {
        const count = m.counts[i][j];
        const label = t('cell.label', {n: count, truth: visible(name), found: visible(other)});
        return images ? cellButton(count, most, i !== j, label, () => showCell({truth: i, predicted: j}))
          : el('td', {class: 'n heat'}, count === 0 ? el('span', {class: 'quiet'}, '0') : shade(el('span', {class: 'cell ' + (i === j ? 'good' : 'bad'), title: label}, number(count)), count / most));
      }),
      none ? el('td', {class: 'n'}, number(m.unpredicted[i] ?? 0)) : null);
    put('matrix', heat([t('matrix.corner'), ...labels.map(visible), ...(none ? [t('matrix.none')] : [])], labels.map(row)));
  }

  function showCell(cell) {
    gallery.set({kind: '', cell});
    location.hash = '';
    location.hash = 'images';
    document.getElementById('cell-clear')?.focus();
  }

  function classTable() {
    const list = metrics.classification?.classes ?? metrics.detection?.classes ?? metrics.segmentation?.classes;
    if (!section('classes-section', Array.isArray(list) && list.length > 0)) return;
    const columns = metrics.classification ? ['support', 'precision', 'recall', 'f1', 'roc_auc', 'average_precision']
      : metrics.detection ? ['ground_truth', 'detections', 'AP', 'AP50', 'voc_ap_all_point', 'precision', 'recall', 'f1']
      : ['pixels', 'iou', 'dice', 'precision', 'recall'];
    const block = metrics.classification ? 'classification' : metrics.detection ? 'detection' : 'segmentation';
    put('classes-hint', t('classes.' + block) + (metrics.detection ? ' ' + pointText() : ''));
    const whole = ['support', 'ground_truth', 'detections', 'pixels'];
    put('classes', zm.table([{title: t('column.class')}, ...columns.map(c => ({title: t('column.' + c), number: true}))],
      list.map((one, k) => [visible(one.name), ...columns.map(c => whole.includes(c) ? number(one[c]) : figure(one[c], block + '.classes[' + k + '].' + c))])));
  }

  // All single figures that no table above has.
  function figures() {
    const blocks = {operating_point: point, classification: metrics.classification, detection: metrics.detection,
      segmentation: metrics.segmentation, regression: metrics.regression, defect_score: metrics.defect_score};
    put('figures', Object.entries(blocks).filter(([, value]) => value).map(([name, value]) => {
      const {classes: list, confusion_matrix: m, ...rest} = value;
      return el('div', {class: 'group'}, el('h3', {}, zm.has('group.' + name) ? t('group.' + name) : name), zm.pairs(rest));
    }));
  }

  // Pictures, escapes first; a cell of a table above narrows them down.
  const gallery = (() => {
    const state = {kind: '', cell: null, query: '', view: shown.some(i => i.picture) ? 'tiles' : 'list', open: -1};
    const truthName = i => i.truth !== undefined ? visible((truths[i.truth] ?? {}).name ?? '') : '';
    const predictedName = i => i.predicted !== undefined ? visible(classes[i.predicted] ?? '') : '';
    const searched = shown.map(i => [i.image, truthName(i), predictedName(i)].join('\n').toLowerCase());
    const limits = point && typeof point.threshold === 'number' ? [point.threshold] : [];
    const scoreText = i => i.score === undefined ? '–' : zm.score(i.score, limits);
    const marginText = i => i.score === undefined || !limits.length ? ''
      : t(i.score >= limits[0] ? 'margin.above' : 'margin.below', {margin: zm.brief(Math.abs(i.score - limits[0]))});

    function picture(image) {
      const content = image.picture ? [el('img', {src: 'data:image/jpeg;base64,' + image.picture, alt: visible(image.image), decoding: 'async'})]
        : [el('span', {class: 'none'}, t('picture.none'))];
      if (image.picture && image.boxes) content.push(drawing(image));
      return el('span', {class: 'picture'}, content);
    }
    function svg(tag, attributes, ...children) {
      const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      node.append(...children);
      return node;
    }
    function drawing(image) {
      const names = (metrics.detection?.classes ?? []).map(c => c.name);
      const root = svg('svg', {viewBox: '0 0 ' + image.width + ' ' + image.height, preserveAspectRatio: 'xMidYMid meet', role: 'img', 'aria-label': t('boxes.label')});
      for (const [label, x, y, width, height, score] of image.boxes) {
        const title = svg('title', {});
        title.textContent = visible(names[label] ?? '') + (score === undefined ? '' : ' ' + zm.brief(score));
        root.append(svg('rect', {x, y, width, height, class: score === undefined ? 'box-truth' : 'box-found'}, title));
      }
      return root;
    }
    const kindText = i => t('kind.' + i.kind);
    const says = i => [truthName(i) && t('tile.truth', {name: truthName(i)}), predictedName(i) && t('tile.predicted', {name: predictedName(i)})].filter(Boolean).join(' · ');
    const tile = (image, index) => el('li', {}, el('button', {type: 'button', class: 'tile', title: visible(image.image), 'data-index': index, 'data-kind': image.kind, onclick: () => open(index)},
      picture(image),
      el('span', {class: 'text ' + kindColour[image.kind] + '-edge'},
        el('span', {class: 'line'}, el('span', {class: kindColour[image.kind] + '-ink'}, kindText(image)), image.score === undefined ? null : el('span', {}, scoreText(image))),
        says(image) ? el('span', {class: 'label'}, says(image)) : null,
        el('span', {class: 'margin'}, marginText(image)), el('span', {class: 'file'}, visible(image.image)))));
    const row = (image, index) => [el('button', {type: 'button', onclick: () => open(index)}, visible(image.image)),
      el('span', {class: kindColour[image.kind] + '-ink'}, kindText(image)), truthName(image) || (image.value === undefined ? '–' : zm.brief(image.value)),
      predictedName(image) || '–', scoreText(image), marginText(image)];

    const inCell = image => !state.cell || (image.truth === state.cell.truth
      && (state.cell.predicted === undefined || image.predicted === state.cell.predicted)
      && (state.cell.decision === undefined || image.decision === state.cell.decision));
    // A chosen cell shows all that is listed of it, with or without a picture.
    const inView = image => state.view === 'list' || image.tile || state.cell;
    const matching = () => shown.map((image, index) => index).filter(i => inCell(shown[i]) && (!state.kind || shown[i].kind === state.kind)
      && searched[i].includes(state.query) && inView(shown[i]));
    const groups = found => kindOrder.map(kind => [kind, found.filter(i => shown[i].kind === kind)]).filter(([, of]) => of.length)
      .flatMap(([kind, of]) => [el('h3', {class: 'tiles-title'}, el('span', {class: kindColour[kind] + '-ink'}, t('kind.' + kind)),
        el('span', {class: 'quiet'}, t('of_total', {n: of.length, all: kinds[kind]}))), el('ul', {class: 'tiles'}, of.map(i => tile(shown[i], i)))]);

    function cellText() {
      const {truth, predicted, decision} = state.cell;
      return t('cell.chosen', {truth: visible(truths[truth]?.name ?? classes[truth] ?? ''), found: decision !== undefined ? t('decision.' + decision) : visible(classes[predicted] ?? '')});
    }
    function results() {
      const found = matching();
      put('gallery-cell', state.cell ? el('p', {class: 'callout'}, cellText() + ' ', el('button', {type: 'button', class: 'plain', id: 'cell-clear', onclick: () => set({cell: null})}, t('cell.clear'))) : '');
      put('gallery-results', found.length === 0 ? el('p', {class: 'hint'}, t('images.none'))
        : state.view === 'tiles' ? groups(found)
        : el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': t('images.title')}, zm.table([{title: t('column.image')}, {title: t('column.kind')}, {title: t('column.truth')},
            {title: t('column.predicted')}, {title: t('column.score'), number: true}, {title: t('column.margin')}], found.map(i => row(shown[i], i)))));
      put('gallery-listed', t('images.listed', {n: found.length, all: metrics.images}));
      for (const button of document.querySelectorAll('#gallery .filters button')) {
        const kind = button.dataset.state.split(':')[1];
        button.lastChild.textContent = number(kind ? kinds[kind] : metrics.images);
      }
    }
    function set(change) {
      Object.assign(state, change);
      for (const button of document.querySelectorAll('#gallery [data-state]')) {
        const [name, value] = button.dataset.state.split(':');
        button.setAttribute('aria-pressed', String(state[name] === value));
      }
      results();
    }
    const toggle = (name, value, ...content) => el('button', {type: 'button', 'data-state': name + ':' + value, 'aria-pressed': String(state[name] === value), onclick: () => set({[name]: value})}, ...content);

    const sheet = el('dialog', {'aria-labelledby': 'gallery-name'});
    document.body.append(sheet);
    sheet.addEventListener('keydown', event => {
      if (event.key === 'ArrowLeft') step(-1);
      if (event.key === 'ArrowRight') step(1);
    });
    sheet.addEventListener('click', event => { if (event.target === sheet) sheet.close(); });
    sheet.addEventListener('close', () => { state.open = -1; });
    const neighbour = by => { const found = matching(); return found[found.indexOf(state.open) + by]; };
    function step(by) {
      const next = neighbour(by);
      if (next !== undefined) open(next);
    }
    function open(index) {
      state.open = index;
      const image = shown[index];
      const rows = [[t('column.kind'), el('strong', {class: kindColour[image.kind] + '-ink'}, kindText(image))], [t('column.truth'), truthName(image) || (image.value === undefined ? '–' : zm.brief(image.value))],
        [t('column.predicted'), predictedName(image) || '–'], [t('column.decision'), image.decision ? t('decision.' + image.decision) : '–'],
        [t('column.score'), scoreText(image)], [t('column.margin'), marginText(image) || '–']];
      if (image.boxes) rows.push([t('boxes.title'), el('span', {}, el('span', {class: 'key-truth'}), ' ' + t('boxes.truth') + ' ', el('span', {class: 'key-found'}), ' ' + t('boxes.found'))]);
      const by = (step_by, key) => el('button', {type: 'button', class: 'plain', disabled: neighbour(step_by) === undefined, onclick: () => step(step_by)}, t(key));
      sheet.replaceChildren(el('div', {class: 'sheet'}, picture(image), el('div', {class: 'facts'}, el('h3', {id: 'gallery-name'}, visible(image.image)), zm.table([{}, {}], rows, 'pairs'))),
        el('div', {class: 'sheet-foot'}, el('span', {}, by(-1, 'previous'), ' ', by(1, 'next')), el('button', {type: 'button', class: 'plain', autofocus: true, onclick: () => sheet.close()}, t('close'))));
      if (!sheet.open) sheet.showModal();
    }
    zm.onRender(() => {
      document.getElementById('gallery').classList.toggle('bare', !shown.some(i => i.picture));
      const rest = metrics.images - shown.length;
      put('images-hint', t('evaluate.order') + ' ', ...(shown.some(i => i.boxes) ? [t('boxes.hint') + ' '] : []),
        ...(rest > 0 ? [t('evaluate.more', {n: rest}) + ' ', el('a', {href: 'misses.csv'}, 'misses.csv')] : []));
      put('gallery', el('div', {class: 'tools'},
          el('div', {class: 'filters', role: 'group', 'aria-label': t('filter')}, ['', ...kindOrder.filter(k => kinds[k] > 0)].map(k => toggle('kind', k, t(k ? 'kind.' + k : 'filter.all'), el('span', {class: 'n'})))),
          el('input', {type: 'search', id: 'gallery-search', value: state.query, placeholder: t('search'), 'aria-label': t('search'), oninput: event => set({query: event.target.value.toLowerCase()})}),
          el('div', {class: 'views', role: 'group', 'aria-label': t('view')}, toggle('view', 'tiles', t('view.tiles')), toggle('view', 'list', t('view.list')))),
        el('div', {id: 'gallery-cell'}), el('p', {class: 'listed', id: 'gallery-listed', role: 'status'}), el('div', {id: 'gallery-results'}));
      results();
      if (sheet.open) open(state.open);
    });
    return {set};
  })();

  // A vertical line with its name, at the limit.
  const limitLine = css => ({id: 'limit', afterDatasetsDraw(chart) {
    if (!point || typeof point.threshold !== 'number') return;
    const {ctx, chartArea: area, scales} = chart;
    const x = scales.x.getPixelForValue(point.threshold);
    const text = t('limit.at', {at: zm.brief(point.threshold)});
    ctx.save();
    ctx.font = '600 11px ' + Chart.defaults.font.family;
    ctx.strokeStyle = ctx.fillStyle = css('--ink');
    ctx.lineWidth = 1.5;
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(x, area.top - 4);
    ctx.lineTo(x, area.bottom);
    ctx.stroke();
    ctx.fillText(text, Math.min(x + 4, area.right - ctx.measureText(text).width), area.top - 7);
    ctx.restore();
  }});

  function histogram() {
    const h = data.histogram;
    const step = (h.to - h.from) / h.good.length;
    const most = Math.max(1, ...h.good, ...h.defective);
    const bars = (name, colour, counts, css) => ({label: t(name), backgroundColor: css(colour), grouped: true, barPercentage: 1, categoryPercentage: .95,
      data: counts.map((y, i) => ({x: h.from + (i + .5) * step, y: y || null}))});
    return css => ({type: 'bar', plugins: [limitLine(css)],
      data: {datasets: [bars('column.good', '--PASS', h.good, css), bars('column.defective', '--REJECT', h.defective, css)]},
      options: {animation: false, responsive: true, maintainAspectRatio: false, layout: {padding: {top: 22}}, interaction: {mode: 'index', intersect: false},
        scales: {x: {type: 'linear', offset: false, min: h.from, max: h.to, grid: {display: false}, title: {display: true, text: t('scores.axis')}, ticks: {callback: v => zm.brief(v), maxRotation: 0, includeBounds: false}},
          y: {type: 'logarithmic', min: .5, max: most * 1.6, title: {display: true, text: t('scores.count')}, ticks: {callback: v => Number.isInteger(Math.log10(v)) ? number(v) : null}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 10, boxHeight: 10}},
          tooltip: {filter: item => item.raw.y !== null, callbacks: {title: items => items.length ? zm.brief(h.from + items[0].dataIndex * step) + ' – ' + zm.brief(h.from + (items[0].dataIndex + 1) * step) : '',
            label: item => item.dataset.label + ': ' + number(item.raw.y)}}}}});
  }

  // Every limit at once: what it costs to the right, what it risks upwards. The chosen one is a dot.
  function riskCurve() {
    const curve = data.risk.map(([x, y, limit, escapes]) => ({x: 100 * x, y: 100 * y, limit, escapes}));
    const upper = metrics.certificate?.overall?.escape_rate_upper;
    const chosen = typeof upper === 'number' && typeof point.overkill_rate === 'number'
      ? [{x: 100 * point.overkill_rate, y: 100 * upper, limit: point.threshold, escapes: metrics.certificate.overall.escapes}] : [];
    const tail = curve.length ? [{...curve[0], x: 100}] : [];
    const least = Math.min(...curve.concat(chosen).map(p => p.y));
    return css => ({type: 'line', data: {datasets: [
        {label: t('risk.chosen', {at: typeof point.threshold === 'number' ? zm.brief(point.threshold) : '–'}), data: chosen, pointRadius: 6, pointHoverRadius: 7, backgroundColor: css('--ink'), borderColor: css('--ink'), showLine: false},
        {label: t('risk.curve', {confidence: rate(point.confidence, 1)}), data: tail.concat(curve), borderColor: css('--REJECT'), borderWidth: 2, pointRadius: 0, pointHitRadius: 8, stepped: false, tension: 0}]},
      options: {animation: false, responsive: true, maintainAspectRatio: false, parsing: false, interaction: {mode: 'nearest', intersect: false},
        scales: {x: {type: 'linear', min: 0, max: 100, title: {display: true, text: t('risk.x')}, ticks: {callback: v => v + '%'}},
          y: {type: 'logarithmic', min: Math.pow(10, Math.floor(Math.log10(least))), max: 100, title: {display: true, text: t('risk.y')}, ticks: {callback: v => Number.isInteger(Math.round(1e6 * Math.log10(v)) / 1e6) ? number(v) + '%' : null}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 14, boxHeight: 2}},
          tooltip: {callbacks: {title: () => '', label: item => t('risk.point', {at: typeof item.raw.limit === 'number' ? zm.brief(item.raw.limit) : '–', n: item.raw.escapes, upper: rate(item.raw.y / 100), overkill: rate(item.raw.x / 100)})}}}}});
  }

  // The defect score's curve thick, the classes' thin; the operating point as a dot.
  function curves(which, xTitle, yTitle, dot) {
    const hues = ['--accent', '--PASS', '--REVIEW', '--ERROR', '--REJECT'];
    const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];
    const wanted = data.curves.filter(c => c[which].length > 0);
    return css => ({type: 'line', data: {datasets: [
        ...(dot ? [{label: t('point.title'), data: [{x: dot[0], y: dot[1]}], pointRadius: 6, pointHoverRadius: 7, backgroundColor: css('--ink'), borderColor: css('--ink'), showLine: false}] : []),
        ...wanted.map((c, i) => ({label: c.name ? visible(c.name) : t('curve.defect'), data: c[which].map(([x, y]) => ({x, y})), borderColor: c.name ? css(hues[i % hues.length]) : css('--ink'),
          borderWidth: c.name ? 1.2 : 2.4, borderDash: c.name ? dashes[Math.floor(i / hues.length) % dashes.length] : [], pointRadius: 0, stepped: false, tension: 0}))]},
      options: {animation: false, responsive: true, maintainAspectRatio: false, parsing: false, interaction: {mode: 'nearest', intersect: false},
        scales: {x: {type: 'linear', min: 0, max: 1, title: {display: true, text: t(xTitle)}}, y: {type: 'linear', min: 0, max: 1, title: {display: true, text: t(yTitle)}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 14, boxHeight: 2}},
          tooltip: {callbacks: {title: () => '', label: item => item.dataset.label + ': ' + zm.brief(item.raw.x) + ' / ' + zm.brief(item.raw.y)}}}}});
  }

  for (const part of [header, outcome, gates, certificate, podSection, decisionTable, matrix, classTable, figures]) zm.onRender(part);
  if (section('pod-chart', Boolean(data.pod_curve))) zm.chart('pod', podChart);
  if (section('histogram-section', Boolean(data.histogram))) {
    zm.onRender(() => { put('histogram-hint', t('histogram.hint') + ' ' + pointText()); document.getElementById('histogram').setAttribute('aria-label', t('histogram.hint')); });
    zm.chart('histogram', css => histogram()(css));
  }
  if (section('risk-section', Boolean(point) && (data.risk || []).length > 0)) {
    zm.onRender(() => { put('risk-hint', t('risk.hint', {confidence: rate(point.confidence, 1)})); document.getElementById('risk').setAttribute('aria-label', t('risk.title')); });
    zm.chart('risk', css => riskCurve()(css));
  }
  if (section('curves-section', data.curves.some(c => c.pr.length > 0 || c.roc.length > 0))) {
    const known = point && typeof point.recall === 'number';
    zm.onRender(() => ['pr', 'roc'].forEach(id => document.getElementById(id).setAttribute('aria-label', t(id + '.hint'))));
    zm.chart('pr', css => curves('pr', 'recall', 'precision', known && typeof point.precision === 'number' ? [point.recall, point.precision] : null)(css));
    zm.chart('roc', css => curves('roc', 'axis.fpr', 'recall', known && typeof point.overkill_rate === 'number' ? [point.overkill_rate, point.recall] : null)(css));
  }
  if (section('scatter-section', Boolean(data.scatter && data.scatter.length))) {
    zm.onRender(() => document.getElementById('scatter').setAttribute('aria-label', t('scatter.title')));
    zm.chart('scatter', css => ({type: 'scatter', data: {datasets: [{label: t('scatter.title'), data: data.scatter.map(([x, y]) => ({x, y})), pointRadius: 2.5, backgroundColor: css('--accent')},
        {label: t('scatter.equal'), type: 'line', pointRadius: 0, borderColor: css('--soft'), borderDash: [4, 3], borderWidth: 1,
          data: [Math.min(...data.scatter.map(p => p[0])), Math.max(...data.scatter.map(p => p[0]))].map(v => ({x: v, y: v}))}]},
      options: {animation: false, responsive: true, maintainAspectRatio: false, scales: {x: {title: {display: true, text: t('column.truth')}}, y: {title: {display: true, text: t('column.predicted')}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 14, boxHeight: 2}}}}}));
  }
  zm.start();
})();
