'use strict';
// What the network sees of one image: a picture after each step of the package. They lie beside this page.
(() => {
  const {data, t, el, number, visible, put} = zm;
  const names = {decoded: () => t('steps.decoded'), color: step => t('steps.color', {color: zm.has('steps.color.' + step.color) ? t('steps.color.' + step.color) : step.color})};
  const name = step => names[step.op] ? names[step.op](step) : zm.has('steps.op.' + step.op) ? t('steps.op.' + step.op) : visible(step.op);

  function figure(step, index) {
    const tile = step.tile ? t('steps.tile', {n: step.tile.number, all: step.tile.of, x: step.tile.x, y: step.tile.y}) : '';
    return el('figure', {},
      el('figcaption', {}, el('strong', {}, number(index) + '. ' + name(step)), ' ',
        el('span', {class: 'quiet'}, t('steps.size', {width: step.width, height: step.height})),
        tile ? el('div', {}, tile) : null,
        step.channels ? el('div', {}, t('steps.channels')) : null,
        step.json ? el('code', {}, visible(step.json)) : null),
      el('a', {href: step.file}, el('img', {src: step.file, alt: name(step) + (tile ? ', ' + tile : ''), decoding: 'async'})),
      el('div', {class: 'mono quiet'}, step.file));
  }

  zm.onRender(() => {
    document.title = t('steps.title') + ' – ' + visible(data.image);
    put('meta', [visible(data.image), visible(data.model)].join(' · '));
    put('steps', data.steps.map(figure));
  });
  zm.start();
})();
