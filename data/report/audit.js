'use strict';
// The report of one `evaluate audit`: everything stands on data.audit, which is audit.json.
(() => {
  const {data, t, el, number, visible, put} = zm;
  const {audit, pictures} = data;
  const kinds = ['same_file', 'same_pixels', 'near_copy', 'crop', 'alike'];
  const most = 60;
  const section = (id, there) => { document.getElementById(id).hidden = !there; return there; };
  const known = (key, word) => zm.has(key + word) ? t(key + word) : visible(word);

  function side(name, label) {
    const jpeg = pictures[name];
    return el('div', {class: 'half'},
      el('div', {class: 'picture'}, jpeg ? el('img', {src: 'data:image/jpeg;base64,' + jpeg, alt: visible(name)}) : el('span', {class: 'none'}, visible(name))),
      el('p', {class: 'file'}, visible(name)), label ? el('p', {class: 'quiet'}, t('audit.label', {name: visible(label)})) : null);
  }
  const couple = (left, right, says) => el('li', {class: 'couple'}, el('p', {class: 'line'}, says), el('div', {class: 'halves'}, left, right));
  function says(pair) {
    const turn = pair.turn && pair.turn !== 'same' ? ' · ' + known('audit.turn.', pair.turn) : '';
    const share = typeof pair.share === 'number' ? ' · ' + zm.percent(pair.share, 1) : '';
    return known('audit.kind.', pair.kind) + turn + share;
  }

  function headline() {
    document.title = t('audit.title');
    put('meta', [t('images_n', {n: audit.images}), audit.splits.map(s => visible(s.name) + ' ' + number(s.images)).join(', ')].join(' · '));
    put('headline', audit.leak ? t('audit.headline.leak', {n: audit.leaked_images}) : t(audit.splits.length > 1 ? 'audit.headline.clean' : 'audit.headline.single'));
    document.getElementById('remove').hidden = !audit.leak;
    put('pairs', zm.table([{title: t('audit.pairs')}, {title: t('audit.inside'), number: true}, {title: t('audit.across'), number: true}],
      kinds.map(k => [t('audit.kind.' + k), number(audit.pairs.inside[k]), number(audit.pairs.across[k])])));
  }

  function leaks() {
    const list = audit.leaks.list;
    if (!section('leaks-section', list.length > 0)) return;
    const shown = list.slice(0, most);
    put('leaks-hint', t('audit.leaks.hint', {n: shown.length, all: audit.leaks.images}));
    put('leaks', shown.map(p => couple(side(p.image, p.label), side(p.partner, p.partner_label), says(p))));
  }

  function conflicts() {
    const list = audit.label_conflicts;
    if (!section('conflicts-section', list.length > 0)) return;
    put('conflicts', list.slice(0, most).map(p => couple(side(p.image, p.label), side(p.partner, p.partner_label), says(p))));
  }

  function sources() {
    const s = audit.sources;
    if (!section('sources-section', Boolean(s) && s.in_several_splits > 0)) return;
    put('sources-hint', t('audit.sources.hint', {shared: s.in_several_splits, all: s.found}));
    put('sources', zm.table([{}, {}], s.shared.slice(0, most).map(x => [visible(x.source), x.images.slice(0, 8).map(visible).join(', ')])));
  }

  function scores() {
    const s = audit.scores;
    if (!section('scores-section', Boolean(s))) return;
    put('scores-hint', t('audit.scores.hint', {split: visible(s.split)}));
    const three = [s.all, s.without_leaked, s.leaked];
    const of = (part, whole) => x => number(x[part]) + ' / ' + number(x[whole]);
    const row = (name, show) => [name, ...three.map(show)];
    put('scores', zm.table([{title: ''}, {title: t('audit.all'), number: true}, {title: t('audit.without'), number: true}, {title: t('audit.only'), number: true}], [
      row(t('kind.escape'), of('escapes', 'defective')), row(t('kind.overkill'), of('overkills', 'good')),
      row(t('recall'), x => zm.rate(x.recall)), row(t('audit.precision'), x => zm.rate(x.precision)), row(t('accuracy'), x => zm.rate(x.accuracy))]));
  }

  function doubts() {
    const list = audit.scores ? audit.scores.label_doubts : [];
    if (!section('doubts-section', list.length > 0)) return;
    const shown = list.slice(0, most);
    put('doubts-hint', t('audit.doubts.hint', {n: shown.length, all: list.length}));
    put('doubts', shown.map(d => couple(side(d.image, d.label), side(d.nearest, d.nearest_label),
      t('audit.doubt', {score: zm.brief(d.score), neighbours: zm.percent(d.neighbours, 1)}))));
  }

  function classes() {
    const names = Object.keys(audit.splits[0].classes);
    if (!section('classes-section', names.length > 0)) return;
    const even = audit.evenness;
    const notes = [];
    if (typeof even.p_value === 'number') {
      const differ = even.p_value < 0.01 && even.cramers_v >= 0.1;
      notes.push(el('p', {class: 'callout' + (differ ? ' warn' : '')}, t(differ ? 'audit.uneven' : 'audit.even', {p: zm.brief(even.p_value), v: zm.brief(even.cramers_v)})));
    }
    for (const m of even.missing.slice(0, 20)) notes.push(el('p', {class: 'callout warn'}, t('audit.missing', {split: visible(m.split), name: visible(m.class)})));
    put('evenness', notes);
    const sums = audit.splits.map(s => Object.values(s.classes).reduce((a, b) => a + b, 0));
    put('classes', zm.table([{title: t('audit.class')}, ...audit.splits.map(s => ({title: visible(s.name), number: true}))],
      names.map(n => [visible(n), ...audit.splits.map((s, i) => number(s.classes[n]) + ' (' + zm.percent(s.classes[n], sums[i]) + ')')])));
  }

  function odd() {
    const rows = Object.entries(audit.odd_images.counts).map(([what, n]) =>
      [known('audit.odd.', what), number(n), visible(audit.odd_images.images.find(i => i.what === what)?.image ?? '–')]);
    if (audit.damaged.length) rows.unshift([t('audit.odd.damaged'), number(audit.damaged.length), visible(audit.damaged[0].image)]);
    if (!section('odd-section', rows.length > 0)) return;
    put('odd', zm.table([{title: t('audit.odd.what')}, {title: t('audit.odd.images'), number: true}, {title: t('audit.odd.example')}], rows));
  }

  for (const part of [headline, leaks, conflicts, sources, scores, doubts, classes, odd]) zm.onRender(part);
  zm.start();
})();
