/**
 * Writes the types of `src/generated` from the OpenAPI documents of the router and of a block:
 * `npm run generate`. With `--check` it writes nothing and fails where a file is not what the
 * documents give.
 *
 * Only what a customer's client meets is taken: the paths under `/v1/`, their good answers and the
 * problem document, which is every other answer. Headers are left out: the shell sets them.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const here = import.meta.dirname;
const METHODS = ['get', 'post', 'put', 'delete'];
const check = process.argv.includes('--check');
let stale = false;

for (const name of ['router', 'block']) {
  const document = JSON.parse(await readFile(`${here}/../../openapi/${name}.json`, 'utf8'));
  const title = `/** Generated from \`openapi/${name}.json\` by \`npm run generate\`. */\n\n`;
  const text = title + astToString(await openapiTS(forClients(document)));
  const file = `${here}/src/generated/${name}.ts`;
  if (!check) {
    await mkdir(`${here}/src/generated`, { recursive: true });
    await writeFile(file, text);
  } else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
    stale = true;
    console.error(
      `web/api-client/src/generated/${name}.ts is not what openapi/${name}.json gives.`,
    );
  }
}
if (stale) {
  console.error('Write it anew: cd web && npm run generate');
  process.exit(1);
}

function forClients({ openapi, info, paths, components }) {
  const kept = {};
  for (const [path, operations] of Object.entries(paths)) {
    if (!path.startsWith('/v1/')) continue;
    const known = METHODS.filter((method) => operations[method]);
    kept[path] = Object.fromEntries(known.map((method) => [method, bare(operations[method])]));
  }
  const schemas = reached({ kept, problem: { $ref: ref('Problem') } }, components.schemas);
  return { openapi, info, paths: kept, components: { schemas } };
}

/** An operation without headers and refusals. */
function bare({ parameters = [], requestBody, responses }) {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return {
    parameters: parameters.filter((parameter) => parameter.in !== 'header'),
    ...(requestBody ? { requestBody } : {}),
    responses: Object.fromEntries(good.map(([status, { headers: _, ...rest }]) => [status, rest])),
  };
}

/** The schemas that are named there, and those that they name. */
function reached(from, schemas) {
  const found = new Set();
  const look = (value) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (key !== '$ref') look(item);
      else if (item.startsWith(ref('')) && !found.has(item)) {
        found.add(item);
        look(schemas[item.slice(ref('').length)]);
      }
    }
  };
  look(from);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(ref(name))));
}

function ref(name) {
  return `#/components/schemas/${name}`;
}
