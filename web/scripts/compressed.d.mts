/** Types of compressed.mjs: this project has no types of Node's own modules. */
export function compressed(): { name: string };
