'use strict';
// The report of `benchmark choose`: everything in it stands in choose.json.
(() => {
  const {data, t, el, put, visible, brief, number} = zm;
  const all = data.candidates;
  const winner = data.chosen === null ? null : all[data.chosen];
  const invalid = ({speed}) => speed.invalid.length ? t('benchmark.reason.' + speed.invalid[0].code, speed.invalid[0].values) : '';
  const shown = texts => Object.fromEntries(Object.entries(texts || {}).map(([name, text]) => [name, visible(text)]));
  const measured = all.filter(one => one.figures && one.speed);
  const groups = [
    {key: 'chosen', color: '--PASS', style: 'star', size: 11, of: one => one === winner},
    {key: 'clean', color: '--accent', style: 'circle', size: 6, of: one => one !== winner && one.figures.escapes === 0 && !one.figures.not_judged && one.figures.defective > 0},
    {key: 'escaping', color: '--REJECT', style: 'crossRot', size: 7, of: one => one.figures.escapes > 0 || one.figures.not_judged > 0 || one.figures.defective === 0}];

  function header() {
    document.title = t('choose.title');
    put('meta', [t('choose.compared_n', {n: all.length}), t('images_n', {n: data.test_set.images}), visible(data.environment.cpu)].join(' · '));
    const values = winner ? {package: visible(winner.package), name: visible(winner.name), version: visible(winner.version)} : {};
    put('headline', t('choose.state.' + data.state, values));
    const sentences = !data.evidence ? [] : ['choose.evidence', ...(data.evidence.more_for_1_percent > 0 ? ['choose.evidence_more'] : [])];
    put('evidence', sentences.map(key => t(key, shown(data.evidence.texts))).join(' '));
  }

  function cards() {
    const card = (name, value, says) => el('div', {class: 'card', 'data-card': name}, el('span', {class: 'name'}, t('choose.' + name)),
      el('span', {class: 'count'}, value), el('span', {class: 'says'}, says));
    if (!winner) return put('cards');
    const {figures, speed} = winner;
    put('cards', [
      card('escapes', number(figures.escapes), t('choose.escapes_says', {n: figures.defective})),
      card('accuracy', number(figures.accuracy, {maximumFractionDigits: 4}), t('choose.accuracy_says', {overkills: number(figures.overkills), good: number(figures.good)})),
      card('speed', brief(speed.images_per_s), t(speed.valid ? 'choose.speed_says' : 'choose.speed_doubtful', {target: brief(data.rules.target_fps)})),
      card('memory', brief(winner.peak_rss_mib) + ' MiB', t('choose.memory_says', {license: visible(winner.license)}))]);
  }

  function plotHint() { put('plot-hint', t('choose.plot_hint', {n: measured.length})); }

  function plot(css) {
    const point = one => ({x: one.speed.images_per_s, y: one.figures.accuracy, one});
    const front = measured.filter(one => one.pareto).map(point).sort((a, b) => a.x - b.x);
    const rates = measured.map(one => one.speed.images_per_s);
    const wide = rates.length > 1 && Math.max(...rates) > 10 * Math.min(...rates);
    const datasets = groups.map(group => ({type: 'scatter', label: t('choose.group.' + group.key), data: measured.filter(group.of).map(point),
      pointStyle: group.style, pointRadius: group.size, pointHoverRadius: group.size + 2, borderWidth: 2, borderColor: css(group.color), backgroundColor: css(group.color)}));
    datasets.push({type: 'line', label: t('choose.group.front'), data: front, borderColor: css('--soft'), borderDash: [4, 4], borderWidth: 1, pointRadius: 0, pointStyle: 'line'});
    return {type: 'scatter', data: {datasets: datasets.filter(d => d.data.length)},
      options: {animation: false, responsive: true, maintainAspectRatio: false,
        scales: {x: {type: wide ? 'logarithmic' : 'linear', title: {display: true, text: t('choose.axis_speed')}, grace: '10%'},
          y: {title: {display: true, text: t('choose.axis_accuracy')}, grace: '10%'}},
        plugins: {legend: {position: 'bottom', align: 'start', labels: {usePointStyle: true}},
          tooltip: {callbacks: {label: item => visible(item.raw.one.package) + ': ' + brief(item.raw.x) + ' ' + t('benchmark.per_s') + ', ' + number(item.raw.y, {maximumFractionDigits: 4})}}}}};
  }

  function packages() {
    const figure = (one, key, show) => one.figures && one.figures[key] !== null ? show(one.figures[key]) : '–';
    const why = one => one === winner ? el('strong', {class: 'PASS-ink'}, t('choose.chosen'))
      : one.lost_by.map(by => el('div', {'data-rule': by.rule}, t('choose.why.' + by.rule, {...shown(by.values), ...(by.rule === 'speed_not_valid' ? {reason: invalid(one)} : {})})));
    put('packages', zm.table([{title: t('choose.package')}, {title: t('choose.license')}, {title: t('choose.accuracy'), number: true}, {title: t('choose.escapes'), number: true},
      {title: t('choose.overkills'), number: true}, {title: t('choose.speed'), number: true}, {title: t('choose.memory'), number: true}, {title: t('choose.why')}],
      all.map(one => [el('span', {title: visible(one.name + ' ' + one.version)}, visible(one.package)), visible(one.license || '–'),
        figure(one, 'accuracy', v => number(v, {minimumFractionDigits: 4, maximumFractionDigits: 4})),
        one.figures ? number(one.figures.escapes) + ' / ' + number(one.figures.defective) : '–',
        one.figures ? number(one.figures.overkills) + ' / ' + number(one.figures.good) : '–',
        one.speed ? brief(one.speed.images_per_s) + (one.speed.valid ? '' : ' *') : '–',
        one.peak_rss_mib === null ? '–' : brief(one.peak_rss_mib) + ' MiB', why(one)])));
    const doubtful = all.filter(one => one.speed && !one.speed.valid);
    put('notes', doubtful.length ? el('p', {class: 'callout warn'}, t('choose.not_valid'),
      ...doubtful.flatMap(one => [el('br'), visible(one.package) + ': ' + invalid(one)])) : []);
  }

  function rules() {
    const {rules: r} = data;
    const any = value => value === null ? t('choose.any') : value;
    put('rules', zm.table([{}, {}], [
      [t('choose.escapes'), '0'], [t('choose.rule_speed'), '≥ ' + brief(r.target_fps) + ' ' + t('benchmark.per_s')],
      [t('choose.memory'), any(r.max_ram_mib === null ? null : '≤ ' + number(r.max_ram_mib) + ' MiB')],
      [t('choose.vram'), any(r.max_vram_mib === null ? null : '≤ ' + number(r.max_vram_mib) + ' MiB')],
      [t('choose.license'), any(r.licenses === null ? null : r.licenses.map(visible).join(', '))]], 'pairs'));
    put('environment', zm.pairs({...data.environment, ...data.settings, test_set: data.test_set}));
  }

  for (const part of [header, cards, plotHint, packages, rules]) zm.onRender(part);
  zm.chart('plot', plot);
  zm.start();
})();
