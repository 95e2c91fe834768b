/** Elements from script: text is always text, so a token can write nothing into the page. */
const SVG = "http://www.w3.org/2000/svg";

/** Make an element of HTML. A null or false child is left away. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an element of SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Return a copy of one of the page's icons. */
export function icon(name) {
  const icons = document.getElementById("icons").content;
  return icons.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false));
  return element;
}
