/** The bank's other routers: the page's own is reached by paths alone. */
export function otherRouters(routers: string[]): string[] {
  return routers.filter((router) => router !== window.location.origin);
}
