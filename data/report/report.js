'use strict';
// Shared by all reports: texts, numbers, and small builders. Whatever comes from a run goes into the page as text only.
const zm = (() => {
  const island = id => JSON.parse(document.getElementById(id).textContent);
  const texts = island('zm-texts');
  const data = island('zm-data');
  const languages = {en: 'English', ko: '한국어'};
  const renderers = [];
  let language = 'en';

  // Kept where the browser allows it; a file:// page may have no storage.
  function stored() {
    try { return localStorage.getItem('zeromiss-language'); } catch (error) { return null; }
  }
  function store(value) {
    try { localStorage.setItem('zeromiss-language', value); } catch (error) { /* not remembered */ }
  }

  function has(key) { return texts[language][key] !== undefined; }

  // t('x', {n: 3}): the text, {n} filled in; with n === 1 the form 'x.one' where there is one.
  function t(key, values = {}) {
    const table = texts[language];
    const text = values.n === 1 && table[key + '.one'] !== undefined ? table[key + '.one'] : table[key];
    if (text === undefined) {
      console.error('no text for ' + key);
      return key;
    }
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === 'number' ? number(value) : String(value);
    });
  }

  // What has no value is a dash: Intl takes null for 0.
  const number = (value, options) => value === null || value === undefined ? '–' : new Intl.NumberFormat(language, options).format(value);
  // Very large and very small numbers as 1.2E-9: zeros cannot be counted at a glance.
  function digits(value, most, least = 1) {
    const size = Math.abs(value);
    const notation = size !== 0 && (size < 1e-4 || size >= 1e7) ? 'scientific' : 'standard';
    return number(value, {minimumSignificantDigits: least, maximumSignificantDigits: most, notation});
  }
  const brief = value => digits(value, 3);
  const exact = value => digits(value, 17);
  const seconds = value => t('seconds', {s: value >= 100 ? number(Math.round(value)) : brief(value)});

  // A share never rounds to "all" or "none" when it is neither.
  function percent(part, whole) {
    if (whole === 0) return '–';
    const value = 100 * part / whole;
    if (part > 0 && value < 0.1) return '< ' + number(0.1) + '%';
    if (part < whole && value > 99.9) return '> ' + number(99.9) + '%';
    return number(value, {maximumFractionDigits: 1}) + '%';
  }

  // A share in per cent, with more digits where it would read as none or all and is neither.
  function rate(value, digits = 2) {
    if (typeof value !== 'number') return '–';
    const reads = () => Number((100 * value).toFixed(digits));
    if (value > 0 && value < 1) while (digits < 15 && (reads() === 0 || reads() === 100)) ++digits;
    return number(100 * value, {maximumFractionDigits: digits}) + '%';
  }
  // A bound is rounded away from what it bounds: to the nearest it would claim what was not shown.
  const bound = (round, off) => (value, digits = 2) => {
    if (typeof value !== 'number') return '–';
    const unit = 10 ** digits;
    return rate(Math.min(1, round(100 * value * unit * off) / unit / 100), digits);
  };
  const rateAtMost = bound(Math.ceil, 1 - 1e-9), rateAtLeast = bound(Math.floor, 1 + 1e-9);

  // A score is shown with as many digits as it takes to stay on its side of the limits.
  function score(value, limits) {
    for (let precision = 3; precision < 17; ++precision) {
      const shown = Number(value.toPrecision(precision));
      if (limits.every(limit => (shown >= limit) === (value >= limit))) return digits(shown, precision, 3);
    }
    return String(value);
  }

  // Characters that do not show, or that reorder what stands around them, are spelt out.
  const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  const visible = text => String(text).replace(
    hidden, c => '‹U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') + '›');

  // el('p', {class: 'hint', onclick: f}, 'text', node, …); strings become text nodes.
  function el(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat().filter(child => child !== null && child !== undefined));
    return node;
  }
  const put = (id, ...children) => document.getElementById(id).replaceChildren(...children.flat());
  const wide = (node, part) => { node.style.width = (100 * part).toFixed(2) + '%'; return node; };

  // columns: [{title, number: bool}]; rows: arrays of strings or nodes.
  function table(columns, rows, name = '') {
    const cell = (tag, content, i) => el(tag, {class: columns[i].number ? 'n' : undefined, scope: tag === 'th' ? 'col' : undefined}, content);
    const head = columns.some(c => c.title) ? el('thead', {}, el('tr', {}, columns.map((c, i) => cell('th', c.title, i)))) : null;
    return el('table', {class: name || undefined}, head, el('tbody', {}, rows.map(r => el('tr', {}, r.map((c, i) => cell('td', c, i))))));
  }

  function plain(value) {
    if (value === null || value === undefined || value === '') return '–';
    if (value === true) return t('yes');
    if (value === false) return t('no');
    if (typeof value === 'number') return String(value);
    if (Array.isArray(value)) {
      const most = 40;
      return value.slice(0, most).map(plain).join(', ') + (value.length > most ? ', … (' + number(value.length) + ')' : '');
    }
    if (typeof value === 'object') return visible(JSON.stringify(value));
    return visible(value);
  }
  // Any object as rows of name and value; inner objects as "outer.inner". Keys that are not known are shown as they are.
  function pairRows(object, prefix = '') {
    return Object.entries(object).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length
        ? pairRows(value, prefix + key + '.')
        : [[has('key.' + prefix + key) ? t('key.' + prefix + key) : visible(prefix + key),
            el('span', {class: /^[0-9a-f]{64}$/.test(value) ? 'mono' : undefined}, plain(value))]]);
  }
  const pairs = object => table([{}, {}], pairRows(object), 'pairs');

  const onRender = renderer => renderers.push(renderer);
  function render() {
    document.documentElement.lang = language;
    for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
    put('lang', Object.entries(languages).map(([code, name]) => el('button',
      {type: 'button', lang: code, 'data-language': code, 'aria-pressed': String(code === language), onclick: () => choose(code)}, name)));
    document.getElementById('lang').setAttribute('aria-label', t('language'));
    for (const renderer of renderers) renderer();
  }
  function choose(code) {
    language = code;
    store(code);
    render();
    document.querySelector('#lang [aria-pressed="true"]').focus();
  }
  function start() {
    const wanted = stored() || (navigator.language || 'en').slice(0, 2).toLowerCase();
    language = languages[wanted] ? wanted : 'en';
    render();
  }

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Draws with the colours of the moment: again when these change, and in those of paper for printing.
  function chart(id, configure) {
    let drawn = null;
    const draw = () => {
      if (drawn) drawn.destroy();
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      Chart.defaults.color = css('--soft');
      Chart.defaults.borderColor = css('--line');
      drawn = new Chart(document.getElementById(id), configure(css));
    };
    onRender(draw);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    matchMedia('print').addEventListener('change', draw);
  }

  return {data, t, has, number, brief, exact, seconds, percent, rate, rateAtMost, rateAtLeast, score, visible, el, put, wide, table, plain, pairs, onRender, start, chart};
})();
