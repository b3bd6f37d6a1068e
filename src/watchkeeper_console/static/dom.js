// Building and refreshing what is on the page. Values become text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function append(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export const h = (tag, attributes, ...children) => append(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => append(document.createElementNS(SVG, tag), attributes, children);

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);
const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

/**
 * Make `parent` show `wanted` while keeping every node that is already there: focus, selection, scrolling and opened details
 * stay as they are. Children with a data-key are recognised by it, others by their place.
 */
export function show(parent, ...wanted) {
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = keyOf(child);
    if (key !== null && !keyed.has(key)) keyed.set(key, child);
  }
  let place = parent.firstChild;
  for (const item of wanted.flat(Infinity)) {
    if (item === null || item === undefined || item === false) continue;
    const node = item instanceof Node ? item : document.createTextNode(String(item));
    const key = keyOf(node);
    const kept = key === null ? place : keyed.get(key);
    keyed.delete(key); // a key given twice finds its node once
    if (kept && isAlike(kept, node)) {
      if (kept === place) place = place.nextSibling;
      else parent.insertBefore(kept, place);
      refresh(kept, node);
    } else {
      parent.insertBefore(node, place);
    }
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function refresh(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name) && !isThePersons(node, name)) node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (node.getAttribute(name) !== value && !isThePersons(node, name)) node.setAttribute(name, value);
  }
  show(node, [...wanted.childNodes]);
}

// What a person opened or closed stays so.
const isThePersons = (node, name) => node.nodeName === "DETAILS" && name === "open";
