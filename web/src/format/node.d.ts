/** The one thing of Node that tests need; the page itself runs in browsers only. */
declare module "node:module" {
  export function createRequire(from: string): (name: string) => unknown;
}
