'use strict';
// What changed between a verdict and the one it did not keep.
zm.cause = cause => zm.has('cause.' + cause) ? zm.t('cause.' + cause) : zm.visible(cause);
// Why an image is held for review whatever its score: a line for each reason of the guard and each flip.
zm.why = image => {
  const guard = reason => {
    const [, figure, value, low, high] = /^(\w+) (\S+) is outside (\S+) to (\S+)$/.exec(reason) || [];
    return zm.has('figure.' + figure) ? zm.t('why.guard', {figure: zm.t('figure.' + figure), value, low, high}) : zm.visible(reason);
  };
  const flip = f => zm.t('why.flip', {own: zm.t('verdict.' + image.own), cause: zm.cause(f.cause), verdict: zm.t('verdict.' + f.verdict),
    score: f.score === undefined ? '–' : zm.exact(f.score)});
  return [...(image.reasons || []).map(guard), ...(image.flips || []).map(flip)];
};
// Pictures and list of the images worth looking at, with filter, search and a sheet for each.
// totals: how many images of each verdict there are, shown or not.
zm.gallery = (id, images, order, totals, limits) => {
  const {t, el, number, visible} = zm;
  const state = {verdict: '', query: '', view: 'tiles', open: -1};
  const isHeld = image => image.reasons !== undefined || image.flips !== undefined;
  const searched = images.map(i => [i.image, i.label, i.code, i.message, ...(i.reasons || []), ...(i.flips || []).map(f => f.cause)].filter(Boolean).join('\n').toLowerCase());
  const bounds = [limits.review_at, limits.reject_at];
  const scoreText = image => image.score === undefined ? '–' : zm.score(image.score, bounds);

  // How far the score is from the limit that would have changed the verdict.
  function marginText(image) {
    if (image.score === undefined) return '';
    const toward = {REJECT: ['margin.reject', image.score - limits.reject_at],
                    REVIEW: ['margin.review', limits.reject_at - image.score],
                    PASS: ['margin.pass', limits.review_at - image.score]}[image.verdict];
    return t(toward[0], {margin: zm.brief(toward[1])});
  }
  const defectText = defects => Object.entries(defects).map(([name, n]) => visible(name) + ' × ' + number(n)).join(', ') || '–';
  const verdictText = image => t('verdict.' + image.verdict);
  const reasonText = image => zm.has('error.' + image.code) ? t('error.' + image.code) : image.code;

  function picture(image) {
    const alt = visible(image.image);
    return el('span', {class: 'picture'}, image.picture
      ? el('img', {src: 'data:image/jpeg;base64,' + image.picture, alt, decoding: 'async'})
      : el('span', {class: 'none'}, t(image.verdict === 'ERROR' ? 'picture.error' : 'picture.none')));
  }
  function tile(image, index) {
    return el('li', {}, el('button', {type: 'button', class: 'tile', title: [visible(image.image), ...zm.why(image)].join('\n'), 'data-index': index, onclick: () => open(index)},
      picture(image),
      el('span', {class: 'text ' + image.verdict + '-edge'},
        el('span', {class: 'line'}, el('span', {class: image.verdict + '-ink'}, verdictText(image)),
          image.score === undefined ? null : el('span', {}, scoreText(image))),
        image.label ? el('span', {class: 'label'}, visible(image.label)) : null,
        el('span', {class: 'margin'}, image.code ? el('span', {class: 'mono'}, visible(image.code)) : isHeld(image) ? t('held') : marginText(image)),
        el('span', {class: 'file'}, visible(image.image)))));
  }
  function row(image, index) {
    return [el('button', {type: 'button', onclick: () => open(index)}, visible(image.image)),
            el('span', {class: image.verdict + '-ink'}, verdictText(image)), scoreText(image),
            image.code ? visible(image.code) : image.label ? visible(image.label) : '–', isHeld(image) ? zm.why(image).join('; ') : marginText(image)];
  }

  const inView = image => state.view === 'list' || image.tile;
  const chosen = (image, filter) => filter === 'HELD' ? isHeld(image) : !filter || image.verdict === filter;
  const matching = () => images.map((image, index) => index).filter(index =>
    chosen(images[index], state.verdict) && searched[index].includes(state.query) && inView(images[index]));

  // The tiles under one heading a verdict.
  const groups = found => order.map(verdict => [verdict, found.filter(i => images[i].verdict === verdict)]).filter(([, of]) => of.length)
    .flatMap(([verdict, of]) => [
      el('h3', {class: 'tiles-title'}, el('span', {class: verdict + '-ink'}, t('verdict.' + verdict)),
        el('span', {class: 'quiet'}, t('of_total', {n: of.length, all: totals[verdict]}))),
      el('ul', {class: 'tiles'}, of.map(i => tile(images[i], i)))]);

  function results() {
    const found = matching();
    const content = state.view === 'tiles'
      ? groups(found)
      : el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': t('images.title')},
          zm.table([{title: t('column.image')}, {title: t('column.verdict')}, {title: t('column.score'), number: true},
                    {title: t('column.label')}, {title: t('column.margin')}], found.map(i => row(images[i], i))));
    zm.put(id + '-results', ...(found.length ? [content].flat() : [el('p', {class: 'hint'}, t('images.none'))]));
    const here = images.filter(inView);
    zm.put(id + '-listed', found.length === here.length ? t('images.listed_all', {n: here.length}) : t('images.listed', {n: found.length, all: here.length}));
    for (const button of document.querySelectorAll('#' + id + ' .filters button')) {
      const verdict = button.dataset.state.split(':')[1];
      button.lastChild.textContent = number(here.filter(i => chosen(i, verdict)).length);
    }
  }
  function set(change) {
    Object.assign(state, change);
    for (const button of document.querySelectorAll('#' + id + ' [data-state]')) {
      const [name, value] = button.dataset.state.split(':');
      button.setAttribute('aria-pressed', String(state[name] === value));
    }
    results();
  }
  const toggle = (name, value, ...content) => el('button', {type: 'button', 'data-state': name + ':' + value,
    'aria-pressed': String(state[name] === value), onclick: () => set({[name]: value})}, ...content);

  const sheet = el('dialog', {'aria-labelledby': id + '-name'});
  document.body.append(sheet);
  sheet.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  });
  sheet.addEventListener('click', event => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener('close', () => { state.open = -1; });
  function neighbour(by) {
    const found = matching();
    return found[found.indexOf(state.open) + by];
  }
  function step(by) {
    const next = neighbour(by);
    if (next !== undefined) open(next);
  }
  function facts(image) {
    const size = image.width ? number(image.width) + ' × ' + number(image.height) : '–';
    const rows = [[t('column.verdict'), el('strong', {class: image.verdict + '-ink'}, verdictText(image))],
                  [t('column.score'), scoreText(image)], isHeld(image) ? [t('held.why'), el('ul', {class: 'why'}, zm.why(image).map(line => el('li', {}, line)))]
                    : [t('column.margin'), marginText(image) || '–'],
                  [t('column.label'), image.label ? visible(image.label) : '–']];
    if (image.defects) rows.push([t('column.defects'), defectText(image.defects)]);
    if (image.code) rows.splice(1, 3, [t('column.code'), el('code', {}, visible(image.code))],
                                [t('column.meaning'), visible(reasonText(image))], [t('column.message'), visible(image.message)]);
    rows.push([t('column.size'), size], [t('column.bytes'), image.bytes === undefined ? '–' : number(image.bytes)],
              ['SHA-256', el('span', {class: 'mono'}, image.sha256 || '–')]);
    if (image.frames) rows.push([t('column.frames'), t('frames.' + image.frames)]);
    return zm.table([{}, {}], rows, 'pairs');
  }
  function open(index) {
    state.open = index;
    const image = images[index];
    const by = (step_by, key) => el('button', {type: 'button', class: 'plain', disabled: neighbour(step_by) === undefined, onclick: () => step(step_by)}, t(key));
    sheet.replaceChildren(
      el('div', {class: 'sheet'}, picture(image), el('div', {class: 'facts'}, el('h3', {id: id + '-name'}, visible(image.image)), facts(image))),
      el('div', {class: 'sheet-foot'}, el('span', {}, by(-1, 'previous'), ' ', by(1, 'next')),
        el('button', {type: 'button', class: 'plain', autofocus: true, onclick: () => sheet.close()}, t('close'))));
    if (!sheet.open) sheet.showModal();
  }

  zm.onRender(() => {
    document.getElementById(id).classList.toggle('bare', !images.some(i => i.picture));
    zm.put(id,
      el('div', {class: 'tools'},
        el('div', {class: 'filters', role: 'group', 'aria-label': t('filter')},
          [...['', ...order].map(v => toggle('verdict', v, t(v ? 'verdict.' + v : 'filter.all'), el('span', {class: 'n'}))),
           ...(images.some(isHeld) ? [toggle('verdict', 'HELD', t('filter.held'), el('span', {class: 'n'}))] : [])]),
        el('input', {type: 'search', id: id + '-search', value: state.query, placeholder: t('search'), 'aria-label': t('search'),
          oninput: event => set({query: event.target.value.toLowerCase()})}),
        el('div', {class: 'views', role: 'group', 'aria-label': t('view')}, toggle('view', 'tiles', t('view.tiles')), toggle('view', 'list', t('view.list')))),
      el('p', {class: 'listed', id: id + '-listed', role: 'status'}),
      el('div', {id: id + '-results'}));
    results();
    if (sheet.open) open(state.open);
  });
  return {show: verdict => set({verdict})};
};
