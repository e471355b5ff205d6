'use strict';
// The report of `benchmark`: everything in it stands in benchmark.json.
(() => {
  const {data, t, el, put, visible, brief} = zm;
  const names = Object.keys(data.stages);
  const sum = names.reduce((total, name) => total + data.stages[name].median, 0);
  const rate = value => brief(value) + ' ' + t('benchmark.per_s');
  const ms = seconds => brief(1000 * seconds) + ' ms';
  const stageName = name => zm.has('stage.' + name) ? t('stage.' + name) : visible(name);
  const sweep = data.sweep ? data.sweep.rows : [];
  const hues = ['#4e79a7', '#f28e2b', '#76b7b2', '#b3567a', '#edc948', '#8c8c8c'];

  function header() {
    const {model, settings, environment} = data;
    const name = [model.name, model.version].map(visible).join(' ');
    document.title = t('benchmark.title') + ' – ' + name;
    put('meta', [name, visible(environment.cpu), t('benchmark.workers', {n: settings.threads, batch: settings.batch})].join(' · '));
    put('validity', el('p', {class: data.valid ? 'callout' : 'callout warn', 'data-valid': String(data.valid)},
      data.valid ? t('benchmark.valid') : [t('benchmark.invalid'), ...data.invalid.map(reason => el('span', {}, el('br'), t('benchmark.reason.' + reason.code, reason.values)))]),
      settings.precision === settings.limits_precision ? '' : el('p', {class: 'callout warn', 'data-precision': settings.precision},
        t('benchmark.speed_alone', {precision: settings.precision, limits: settings.limits_precision})));
    const values = {rate: brief(data.end_to_end_images_per_s), wanted: brief(data.target.fps), ceiling: brief(data.what_if.infinite_gpu_images_per_s)};
    put('headline', t('benchmark.advice.' + data.what_if.advice + (data.what_if.advice === 'gpu_helps' && data.what_if.limiting_stage !== 'infer' ? '_too' : ''), values));
  }

  function cards() {
    const {target, latency_ms: latency} = data;
    const card = (name, value, says) => el('div', {class: 'card', 'data-card': name}, el('span', {class: 'name'}, t('benchmark.' + name)),
      el('span', {class: 'count'}, value), el('span', {class: 'says'}, says));
    put('cards', [
      card('end_to_end', brief(data.end_to_end_images_per_s), t('benchmark.end_to_end_says', {fps: brief(target.fps), met: t(target.met ? 'yes' : 'no')})),
      card('latency', brief(latency.p50) + ' ms', t('benchmark.latency_says', {p99: brief(latency.p99), max: brief(latency.max)})),
      card('efficiency', zm.number(data.efficiency, {maximumFractionDigits: 3}), t('benchmark.efficiency_says', {bound: brief(data.bound_images_per_s)})),
      target.hours_per_night === undefined
        ? card('cold_start', zm.seconds(data.cold_start_s), t('benchmark.cold_start_says', {mib: Math.round(data.peak_rss_mib)}))
        : card('night', t('benchmark.hours', {h: brief(target.hours_per_night)}), t('benchmark.night_says', {images: target.images_per_night}))]);
  }

  function stages() {
    put('stages-hint', t('benchmark.stages_hint', {n: data.settings.threads}));
    put('stagebar', names.map((name, i) => {
      const part = zm.wide(el('span', {title: stageName(name)}), data.stages[name].median / sum);
      part.style.background = hues[i];
      return part;
    }));
    document.getElementById('stagebar').setAttribute('aria-label', names.map(name => stageName(name) + ' ' + zm.percent(data.stages[name].median, sum)).join(', '));
    const dot = i => { const node = el('span', {class: 'dot'}); node.style.background = hues[i]; return node; };
    const rows = names.map((name, i) => [el('span', {class: 'named'}, dot(i), ' ', stageName(name)), ms(data.stages[name].median),
      '± ' + ms(data.stages[name].mad), zm.percent(data.stages[name].median, sum)]);
    put('stages', zm.table([{title: t('timing.stage')}, {title: t('benchmark.per_image'), number: true}, {title: '', number: true}, {title: t('timing.share'), number: true}], rows));
  }

  function whatif() {
    const {what_if: w} = data;
    const rows = [
      [t('benchmark.gpu'), rate(w.infinite_gpu_images_per_s)],
      [t('benchmark.double'), rate(w.double_cores_images_per_s)],
      [t('benchmark.cores'), w.cores_for_target === null ? '–' : zm.number(w.cores_for_target)],
      [t('benchmark.bf16'), bf16(w.bf16)],
      ...Object.entries(w.formats).map(([name, format]) => [t('benchmark.format', {name: zm.has('benchmark.as.' + name) ? t('benchmark.as.' + name) : visible(name)}), rate(format.images_per_s)])];
    put('whatif', zm.table([{}, {number: true}], rows), el('p', {class: 'hint'}, t('benchmark.limiting', {stage: stageName(w.limiting_stage)})));
  }

  function bf16(found) {
    if (found.images_per_s === null) return t('benchmark.bf16_none', {reason: found.reason});
    return rate(found.images_per_s) + (found.measured_images_per_s === undefined ? '' : ' ' + t('benchmark.bf16_measured', {rate: brief(found.measured_images_per_s)}));
  }

  function engines() {
    document.getElementById('engines-section').hidden = !data.engines;
    if (!data.engines) return;
    const {advice, end_to_end_ratio: ratio, images, other_verdicts: differ, largest_score_difference: difference} = data.engine_comparison;
    const slower = advice === 'other_slower';
    const chosen = data.engines[advice === 'other_faster' ? 1 : 0];
    put('engines-hint', t('benchmark.engines.' + advice, {package: visible(chosen.package), library: visible(chosen.library),
      ratio: brief(slower ? 1 / ratio : ratio), images, differ, difference: brief(difference)}));
    const cell = figure => [rate(figure.median), '± ' + brief(figure.mad)];
    put('engines', zm.table([{title: t('benchmark.engine')}, {title: t('benchmark.weights')}, {title: t('benchmark.model_only'), number: true}, {title: '', number: true},
      {title: t('benchmark.end_to_end'), number: true}, {title: '', number: true}],
      data.engines.map(one => [visible(one.library), visible(one.format), ...cell(one.model_only_images_per_s), ...cell(one.end_to_end_images_per_s)])));
  }

  function sweepTable() {
    document.getElementById('sweep-section').hidden = sweep.length === 0;
    if (!sweep.length) return;
    const best = data.sweep.best;
    put('sweep-hint', t('benchmark.sweep_best', {batch: best.batch, threads: best.threads, precision: best.precision, rate: brief(best.images_per_s)}));
    const rows = sweep.map(row => [zm.number(row.batch), zm.number(row.threads), visible(row.precision), rate(row.images_per_s), '± ' + brief(row.mad)]);
    put('sweep-table', zm.table([{title: t('benchmark.batch'), number: true}, {title: t('benchmark.threads'), number: true}, {title: t('benchmark.precision')},
      {title: t('benchmark.end_to_end'), number: true}, {title: '', number: true}], rows));
  }

  function sweepChart() {
    const series = [...new Set(sweep.map(row => row.threads + ' × ' + row.precision))];
    return {type: 'line',
      data: {datasets: series.map((name, i) => ({label: t('benchmark.series', {name}), borderColor: hues[i % hues.length], backgroundColor: hues[i % hues.length],
        data: sweep.filter(row => row.threads + ' × ' + row.precision === name).map(row => ({x: row.batch, y: row.images_per_s}))}))},
      options: {animation: false, responsive: true, maintainAspectRatio: false,
        scales: {x: {type: 'linear', title: {display: true, text: t('benchmark.batch')}}, y: {min: 0, title: {display: true, text: t('benchmark.per_s')}}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {boxWidth: 10, boxHeight: 10}}}}};
  }

  function figures() {
    put('figures', zm.table([{}, {number: true}], [
      [t('benchmark.end_to_end'), rate(data.end_to_end_images_per_s) + ' ± ' + brief(data.end_to_end.mad)],
      [t('benchmark.bound'), rate(data.bound_images_per_s)],
      [t('benchmark.model_only'), rate(data.model_only_images_per_s)],
      [t('benchmark.scaling'), brief(data.scaling)],
      ...['p50', 'p90', 'p95', 'p99', 'max'].map(key => [t('benchmark.latency') + ' ' + key, brief(data.latency_ms[key]) + ' ms']),
      [t('benchmark.cold_start'), zm.seconds(data.cold_start_s)],
      [t('benchmark.rss'), zm.number(Math.round(data.peak_rss_mib)) + ' MiB'],
      [t('benchmark.warm'), ms(data.page_cache.warm_read_s)],
      [t('benchmark.cold'), ms(data.page_cache.cold_read_s)]]));
    put('environment', zm.pairs({...data.environment, sample: data.sample, model: data.model}));
  }

  for (const part of [header, cards, stages, whatif, engines, sweepTable, figures]) zm.onRender(part);
  if (sweep.length) zm.chart('sweep', sweepChart);
  zm.start();
})();
