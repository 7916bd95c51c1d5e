/**
 * What the block's OpenAPI document says of a path: what it is given and what it answers. A call
 * that the document does not know does not compile.
 */
import type { paths } from './generated/block.ts';

export type Method = 'get' | 'post' | 'delete';

/** The paths that have this method. */
export type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends Path<M>> = paths[P][M & keyof paths[P]];

type Json<Holder> = Holder extends { content: { 'application/json': infer Body } } ? Body : never;

/** The body of a good answer; `undefined` where it has none. */
export type Answer<M extends Method, P extends Path<M>> =
  Operation<M, P> extends { responses: infer Responses }
    ? [Json<Responses[keyof Responses]>] extends [never]
      ? undefined
      : Json<Responses[keyof Responses]>
    : never;

/** The body of a request; `undefined` where it has none. */
export type Body<M extends Method, P extends Path<M>> =
  Operation<M, P> extends { requestBody: infer Request } ? Json<Request> : undefined;

type Given<M extends Method, P extends Path<M>, Where extends 'path' | 'query'> =
  Operation<M, P> extends { parameters: { [W in Where]?: infer Names } } ? Names : never;

/** The names in braces, and what follows the question mark. */
export type At<M extends Method, P extends Path<M>> = {
  [W in 'path' | 'query' as [NonNullable<Given<M, P, W>>] extends [never] ? never : W]: Given<
    M,
    P,
    W
  >;
};

/** The path with its names filled in. */
export function fill(
  template: string,
  { path = {}, query = {} }: { path?: Names; query?: Names | undefined },
): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    return encodeURIComponent(String(path[name]));
  });
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return filled;
  return `${filled}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

type Names = Record<string, string | number | null | undefined>;
