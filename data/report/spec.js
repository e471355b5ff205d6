'use strict';
// The sheet of `benchmark spec`: the rows of spec.json, in the words of the language.
(() => {
  const {data, t, el, put, visible} = zm;
  const rows = data.sections.flatMap(section => section.rows);
  const value = key => (rows.find(row => row.key === key) || {}).value;
  const shown = texts => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, visible(text)]));
  const unknown = row => ['not_measured', 'undefined'].includes(row.form);
  const words = row => el('span', {'data-row': row.key, class: unknown(row) ? 'quiet' : /^[0-9a-f]{64}$/.test(row.value) ? 'mono' : undefined,
    title: row.source ? visible(row.source) : undefined}, t('spec.form.' + row.form, shown(row.texts)));

  function header() {
    const name = [value('name'), value('version')].filter(Boolean).map(visible).join(' ');
    document.title = t('spec.title') + (name ? ' – ' + name : '');
    put('meta', [name, value('cpu') ? visible(value('cpu')) : ''].filter(Boolean).join(' · '));
  }

  function sections() {
    put('sections', data.sections.map(section => el('section', {'data-section': section.key}, el('h2', {}, t('spec.section.' + section.key)),
      zm.table([{}, {}], section.rows.map(row => [t('spec.row.' + row.key), words(row)]), 'pairs'))));
  }

  function differences() {
    const list = data.repeatability ? data.repeatability.differences : [];
    document.getElementById('differences-section').hidden = list.length === 0;
    const pair = values => values.map(v => v === null ? '–' : visible(v)).join(' → ');
    put('differences', zm.table([{title: t('spec.image')}, {title: t('spec.verdicts')}, {title: t('spec.scores')}],
      list.map(one => [visible(one.image), pair(one.verdicts), pair(one.scores)])));
  }

  function sources() {
    put('sources', zm.table([{title: t('spec.file')}, {title: 'SHA-256'}],
      data.sources.map(source => [visible(source.file), el('span', {class: 'mono'}, source.sha256)])));
  }

  for (const part of [header, sections, differences, sources]) zm.onRender(part);
  zm.start();
})();
