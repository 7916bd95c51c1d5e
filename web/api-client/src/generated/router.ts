/** Generated from `openapi/router.json` by `npm run generate`. */

export interface paths {
    "/v1/bootstrap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bank, and a guest block. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Bootstrap"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/route": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "login": "anna.petrova1"
                     *     }
                     */
                    "application/json": components["schemas"]["RouteRequest"];
                };
            };
            responses: {
                /** @description Where to go. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RouteAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A block as clients see it. */
        BlockAddress: {
            /** @description Its name. */
            id: components["schemas"]["BlockName"];
            /** @description `client`, `pilot`, `guest` or `backup`. */
            role: string;
            /** @description Where each channel is served. */
            urls: components["schemas"]["ChannelUrls"];
        };
        /**
         * @description The name of a block.
         * @example client-1
         */
        BlockName: string;
        /** @description `GET /v1/bootstrap`: what a client needs before anybody has logged in. */
        Bootstrap: {
            /** @description The bank's name. */
            bank: string;
            /** @description Is this a demonstration, in which clients may show which block serves? */
            demo?: boolean;
            guest: components["schemas"]["BlockAddress"] | null;
            /** @description The languages of the client applications. */
            languages: string[];
            /** @description The routers' addresses for browsers: who gets no answer from one asks another. */
            routers?: string[];
            /** @description The bank's time zone, named, e.g. `Europe/Moscow`. */
            time_zone: string;
            /** @description The version of the software that serves this. */
            version: string;
        };
        /** @description The addresses of a block's channels. */
        ChannelUrls: {
            /** @description For the mobile application. */
            mobile: string;
            /** @description For browsers. */
            web: string;
        };
        /** @description A block that failed a client. */
        Failed: {
            /** @description Which. */
            block: components["schemas"]["BlockName"];
            /** @description How. */
            how: components["schemas"]["FailedHow"];
        };
        /**
         * @description What a client has met. Nothing is moved for it alone: anybody can say so.
         * @enum {string}
         */
        FailedHow: "refused" | "silent" | "answered";
        /** @description A field of a request that cannot be, as sent in `errors`. */
        FieldError: {
            /** @description What it must be. */
            detail: string;
            /** @description Path of the field, e.g. `intent.terms.amount`. */
            field: string;
        };
        /**
         * @description What a client does after a refusal; beats the status code (`Bulkhead-Next`).
         * @enum {string}
         */
        Next: "retry" | "route" | "reauthenticate" | "ask" | "stop";
        /** @description The problem document (RFC 9457) as it is on the wire. */
        Problem: {
            /**
             * Format: int32
             * @description How often a code may still be entered.
             */
            attempts_left?: number;
            /**
             * @description The stable code.
             * @example account-unknown
             */
            code: string;
            /** @description What happened this time and what to do. */
            detail: string;
            /** @description The fields that cannot be. */
            errors?: components["schemas"]["FieldError"][];
            /** @description What the client does next. */
            next: components["schemas"]["Next"];
            /**
             * Format: int64
             * @description When it makes sense to try again.
             */
            retry_after_ms?: number;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The code's sentence. */
            title: string;
            /** @description The trace to quote to support. */
            trace_id?: string;
            /** @description A page that explains the code. */
            type: string;
        };
        /** @description The answer: which block, and the ticket to show there. A guest gets no ticket. */
        RouteAnswer: {
            /** @description Where to go. */
            block: components["schemas"]["BlockAddress"];
            /** @description Something to tell the customer. */
            notice?: string;
            /** @description To be shown there within 60 s; good for one attempt. */
            ticket?: string;
        };
        /** @description `POST /v1/route`: exactly one of the three. */
        RouteRequest: {
            failed?: components["schemas"]["Failed"];
            login: string;
        } | {
            failed?: components["schemas"]["Failed"];
            ticket: string;
        } | {
            failed?: components["schemas"]["Failed"];
            guest: components["schemas"]["Visitor"];
        };
        /** @description An anonymous visitor; says nothing of himself. */
        Visitor: Record<string, never>;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
