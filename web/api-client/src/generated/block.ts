/** Generated from `openapi/block.json` by `npm run generate`. */

export interface paths {
    "/v1/accounts": {
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
                /** @description The products; an empty list with a sentence if its system does not answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AccountsSection"];
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
    "/v1/accounts/{account}/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    cursor?: string;
                    /** @description At most this many: 1 to 100, more is taken as 100; 50 if not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description One of the customer's accounts. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of it. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TransactionPage"];
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
    "/v1/applications": {
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
                     *       "amount": {
                     *         "amount": "250000.00",
                     *         "currency": "RUB"
                     *       },
                     *       "comment": "In the evening, please.",
                     *       "name": "Anna Petrova",
                     *       "phone": "+79000000001",
                     *       "product_id": "loan-cash"
                     *     }
                     */
                    "application/json": components["schemas"]["Application"];
                };
            };
            responses: {
                /** @description It was taken before. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"];
                    };
                };
                /** @description The application is taken. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"];
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
    "/v1/applications/{reference}": {
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
                path: {
                    /** @description As it was told to the visitor. */
                    reference: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The application is taken. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Received"];
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
    "/v1/calculators/deposit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    /** @description At most a hundred million. */
                    amount: string;
                    /** @description Of the amount. */
                    currency: "RUB" | "USD" | "EUR";
                    /** @description For how long. */
                    months: number;
                    /** @description Basis points a year. */
                    rate_bp: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The gain. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DepositAnswer"];
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
    "/v1/calculators/loan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    /** @description At most a hundred million. */
                    amount: string;
                    /** @description Of the amount. */
                    currency: "RUB" | "USD" | "EUR";
                    /** @description For how long. */
                    months: number;
                    /** @description Basis points a year. */
                    rate_bp: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The cost. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LoanAnswer"];
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
    "/v1/cards": {
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
                /** @description The products; an empty list with a sentence if its system does not answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CardsSection"];
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
    "/v1/deposits": {
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
                /** @description The products; an empty list with a sentence if its system does not answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProductsSection"];
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
    "/v1/loans": {
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
                /** @description The products; an empty list with a sentence if its system does not answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProductsSection"];
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
    "/v1/notice": {
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
                /** @description The notice, if there is one. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NoticeView"];
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
    "/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    cursor?: string;
                    /** @description At most this many: 1 to 100, more is taken as 100; 50 if not said. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page"];
                    };
                };
            };
        };
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
                     *       "again": false,
                     *       "intent": {
                     *         "terms": {
                     *           "amount": {
                     *             "amount": "100.00",
                     *             "currency": "RUB"
                     *           },
                     *           "from_account": "40817810000000000001",
                     *           "kind": "own_transfer",
                     *           "to_account": "40817810000000000002"
                     *         },
                     *         "valid_until": "2026-01-31T12:00:00Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["NewOrder"];
                };
            };
            responses: {
                /** @description It was taken before; its present state. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderView"];
                    };
                };
                /** @description The order is taken. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderView"];
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
    "/v1/operations/cancellation": {
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
                     *       "intent": {
                     *         "terms": {
                     *           "amount": {
                     *             "amount": "100.00",
                     *             "currency": "RUB"
                     *           },
                     *           "from_account": "40817810000000000001",
                     *           "kind": "own_transfer",
                     *           "to_account": "40817810000000000002"
                     *         },
                     *         "valid_until": "2026-01-31T12:00:00Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Withdrawn"];
                };
            };
            responses: {
                /** @description The order as it is now, ended or being cancelled. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OperationView"];
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
    "/v1/operations/review": {
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
                     *       "amount": {
                     *         "amount": "100.00",
                     *         "currency": "RUB"
                     *       },
                     *       "from_account": "40817810000000000001",
                     *       "kind": "own_transfer",
                     *       "to_account": "40817810000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Draft"];
                };
            };
            responses: {
                /** @description What the customer is shown. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Review"];
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
    "/v1/operations/{id}": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The order. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OperationView"];
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
    "/v1/operations/{id}/answer": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "asked": 7,
                     *       "cancel_asked": 0,
                     *       "execute": false
                     *     }
                     */
                    "application/json": components["schemas"]["QuestionAnswer"];
                };
            };
            responses: {
                /** @description The order as it is now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OperationView"];
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
    "/v1/operations/{id}/cancellation": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The order; the back office decides what came first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OperationView"];
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
    "/v1/operations/{id}/cash-code": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Asked for live, kept nowhere. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CashCodeShown"];
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
    "/v1/operations/{id}/code": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It was made; attempts are not renewed. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CodeSent"];
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
    "/v1/operations/{id}/confirmation": {
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
                path: {
                    /** @description Which operation. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "code": "123456"
                     *     }
                     */
                    "application/json": components["schemas"]["ConfirmationCode"];
                };
            };
            responses: {
                /** @description The order. It may have been confirmed before. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OperationView"];
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
    "/v1/overview": {
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
                /** @description One section a list. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Overview"];
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
    "/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: {
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
                     *       "current": "correct horse battery staple",
                     *       "new": "a better password"
                     *     }
                     */
                    "application/json": components["schemas"]["ChangePassword"];
                };
            };
            responses: {
                /** @description It is changed. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{list}": {
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
                path: {
                    /** @description Which list. */
                    list: "accounts" | "cards" | "loans" | "deposits" | "insurance" | "pension" | "investments" | "loyalty" | "taxes" | "subscriptions" | "limits" | "credit-history";
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The products; an empty list with a sentence if its system does not answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Section"];
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
    "/v1/reference/billers": {
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
                /** @description The data; `checked_at` says how old it may be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BillerReference"];
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
    "/v1/reference/branches": {
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
                /** @description The data; `checked_at` says how old it may be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BranchReference"];
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
    "/v1/reference/fees": {
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
                /** @description The data; `checked_at` says how old it may be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FeeRuleReference"];
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
    "/v1/reference/products": {
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
                /** @description The data; `checked_at` says how old it may be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProductReference"];
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
    "/v1/reference/rates": {
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
                /** @description The data; `checked_at` says how old it may be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExchangeRateReference"];
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
    "/v1/sessions": {
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
                /** @description The sessions. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Sessions"];
                    };
                };
            };
        };
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
                     *       "device_name": "My laptop",
                     *       "password": "correct horse battery staple",
                     *       "ticket": "the router's ticket"
                     *     }
                     */
                    "application/json": components["schemas"]["OpenSession"];
                };
            };
            responses: {
                /** @description The session is open. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionOpened"];
                    };
                };
                /** @description The device is new: a code was sent. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CodeNeeded"];
                    };
                };
            };
        };
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description They have ended. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/challenges/{id}": {
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
                path: {
                    /** @description `challenge_id` of the login. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "code": "123456"
                     *     }
                     */
                    "application/json": components["schemas"]["ChallengeCode"];
                };
            };
            responses: {
                /** @description The session is open. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionOpened"];
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
    "/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The session has ended. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/resumption": {
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
                     *       "ticket": "the router's ticket"
                     *     }
                     */
                    "application/json": components["schemas"]["ResumeSession"];
                };
            };
            responses: {
                /** @description The session goes on here. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionResumed"];
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
    "/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Which session. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It has ended. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates": {
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
                /** @description The templates. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Templates"];
                    };
                };
            };
        };
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
                     *       "name": "To my savings",
                     *       "terms": {
                     *         "amount": {
                     *           "amount": "100.00",
                     *           "currency": "RUB"
                     *         },
                     *         "from_account": "40817810000000000001",
                     *         "kind": "own_transfer",
                     *         "to_account": "40817810000000000002"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["NewTemplate"];
                };
            };
            responses: {
                /** @description The template. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Template"];
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
    "/v1/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Which one. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, from the ledger. */
        Account: {
            /** @description Its number is its id. */
            account: components["schemas"]["AccountNumber"];
            /** @description Booked money; what is held for orders in progress is still in it. */
            balance: components["schemas"]["Money"];
            /** @description What the ledger holds for orders that a foreign system has not answered yet. */
            held?: components["schemas"]["Held"][];
            /** @description What the customer calls it. */
            name: string;
            /** @description Open to payments? */
            open: boolean;
        };
        /**
         * @description Twenty digits; digits 6 to 8 name the currency.
         * @example 40817810000000000001
         */
        AccountNumber: string;
        /** @description An account; `available` is what can be spent of it. */
        AccountShown: components["schemas"]["Account"] & {
            available: components["schemas"]["Money"];
        };
        AccountsSection: {
            /**
             * Format: date-time
             * @description A point in time (RFC 3339); written in UTC, to the millisecond.
             * @example 2026-01-31T12:00:00Z
             */
            as_of?: string;
            items: components["schemas"]["AccountShown"][];
            /** @enum {string} */
            list: "accounts";
            /** @description For the customer, where something is missing. */
            message?: string;
            status: components["schemas"]["Status"];
        };
        /** @description What a visitor sends. */
        Application: {
            amount?: components["schemas"]["Money"] | null;
            /** @description Anything else, at most 1000 characters. */
            comment?: string;
            /** @description First and last name. */
            name: string;
            /** @description Where the bank calls back. */
            phone: components["schemas"]["Phone"];
            /** @description A product of the reference data. */
            product_id: string;
        };
        /** @description Somebody to whom bills are paid. */
        Biller: {
            /** @description `utilities`, `internet`, `education` … */
            category: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description The shape of that number: this many digits.
             */
            reference_digits: number;
            /** @description What the customer's number is called there. */
            reference_name: string;
        };
        /** @description A topic of the reference data. */
        BillerReference: {
            /** @description When the source changed it last. */
            as_of: components["schemas"]["Timestamp"];
            /** @description When the source was last asked. */
            checked_at: components["schemas"]["Timestamp"];
            /** @description The items. */
            items: components["schemas"]["Biller"][];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        /** @description A branch of the bank. */
        Branch: {
            /** @description Street and number. */
            address: string;
            /** @description City. */
            city: string;
            /** @description Opening hours, in words. */
            hours: string;
            /** @description Its id. */
            id: string;
        };
        /** @description A topic of the reference data. */
        BranchReference: {
            /** @description When the source changed it last. */
            as_of: components["schemas"]["Timestamp"];
            /** @description When the source was last asked. */
            checked_at: components["schemas"]["Timestamp"];
            /** @description The items. */
            items: components["schemas"]["Branch"][];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        /** @description A card, from the card system. */
        Card: {
            /** @description The account it draws on. */
            account: components["schemas"]["AccountNumber"];
            /** @description Month of expiry, `YYYY-MM`. */
            expires: string;
            /** @description Frozen cards pay nothing. */
            frozen: boolean;
            /** @description The card system's id (never the card's number). */
            id: string;
            /** @description The last four digits. */
            last4: string;
            /** @description Name of the product. */
            name: string;
        };
        CardsSection: {
            /**
             * Format: date-time
             * @description A point in time (RFC 3339); written in UTC, to the millisecond.
             * @example 2026-01-31T12:00:00Z
             */
            as_of?: string;
            items: components["schemas"]["Card"][];
            /** @enum {string} */
            list: "cards";
            /** @description For the customer, where something is missing. */
            message?: string;
            status: components["schemas"]["Status"];
        };
        /**
         * @description `GET /v1/operations/{id}/cash-code` (with a [`CustomerQuery`]): live only, never stored by a
         *     block.
         */
        CashCodeShown: {
            /** @description How much comes out. */
            amount: components["schemas"]["Money"];
            /** @description To be typed at the machine. */
            code: string;
            /** @description Until when. */
            expires_at: components["schemas"]["Timestamp"];
        };
        /** @description `POST /v1/sessions/challenges/{id}`. */
        ChallengeCode: {
            /**
             * @description From the message; spaces around it do no harm.
             * @example 123456
             */
            code: string;
        };
        /** @description `PUT /v1/password`. */
        ChangePassword: {
            /**
             * Format: password
             * @description The password until now.
             */
            current: string;
            /**
             * Format: password
             * @description The new one.
             */
            new: string;
        };
        /** @description The password was right, the device is new: a code was sent. */
        CodeNeeded: {
            /**
             * Format: uuid
             * @description To be named with the code.
             */
            challenge_id: string;
            /** @description Until when it is good. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Did the message system take it? */
            sent: boolean;
            /** @description Where it went, all but the last digits hidden. */
            sent_to: string;
        };
        /** @description A new code. */
        CodeSent: {
            /** @description Did the message system take it? */
            sent: boolean;
        };
        /**
         * @description How far what is shown can be believed.
         * @enum {string}
         */
        Complete: "complete" | "as_of" | "unsettled";
        /** @description `POST /v1/operations/{id}/confirmation`. */
        ConfirmationCode: {
            /**
             * @description From the message; spaces around it do no harm.
             * @example 123456
             */
            code: string;
        };
        /**
         * @description The currencies of the bank. All have two decimal digits.
         * @enum {string}
         */
        Currency: "RUB" | "USD" | "EUR";
        /** @description What a deposit gives. */
        DepositAnswer: {
            /** @description With all interest. */
            at_end: components["schemas"]["Money"];
        };
        /** @description What the customer typed. */
        Draft: {
            amount: components["schemas"]["Money"];
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "own_transfer";
            to_account: components["schemas"]["AccountNumber"];
        } | {
            amount: components["schemas"]["Money"];
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "customer_transfer";
            message?: string;
            payee: components["schemas"]["PayeeDraft"];
        } | {
            amount: components["schemas"]["Money"];
            biller_id: string;
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "bill_payment";
            reference: string;
        } | {
            amount: components["schemas"]["Money"];
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "mobile_topup";
            phone: components["schemas"]["Phone"];
        } | {
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "currency_exchange";
            sell: components["schemas"]["Money"];
            to_account: components["schemas"]["AccountNumber"];
            /** Format: int32 */
            tolerance_bp?: number;
        } | {
            amount: components["schemas"]["Money"];
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "deposit_open";
            product_id: string;
            /** Format: int32 */
            term_months: number;
        } | {
            card_id: string;
            /** @enum {string} */
            kind: "card_freeze";
        } | {
            card_id: string;
            /** @enum {string} */
            kind: "card_unfreeze";
        } | {
            amount: components["schemas"]["Money"];
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "cash_code";
        };
        /**
         * @description In how many compartments an operation is held. Derived, never stored (protocol §5).
         * @enum {string}
         */
        Durability: "saved" | "accepted";
        /** @description What an executed operation did. */
        Effect: {
            /** @description Done on other terms than confirmed, within the customer's tolerance. */
            adjusted: boolean;
            /** @description Given to the payee or to the other account. */
            credited?: components["schemas"]["Money"];
            /** @description Taken from the customer's account, fee included. */
            debited?: components["schemas"]["Money"];
            /** @description The fee within `debited`. */
            fee?: components["schemas"]["Money"];
            /** @description The foreign system's own reference (deposit number, biller's receipt …). Never a cash code. */
            foreign_reference?: string;
            /** @description The rate at which it was exchanged. */
            rate?: components["schemas"]["Rate"];
            /** @description The bank's reference, printed on receipts. */
            reference: string;
        };
        /** @description A rate: what one unit of `sell` gives in `buy`. */
        ExchangeRate: {
            /** @description The customer gets this. */
            buy: components["schemas"]["Currency"];
            /** @description Units bought per unit sold. */
            rate: components["schemas"]["Rate"];
            /** @description The customer gives this. */
            sell: components["schemas"]["Currency"];
        };
        /** @description A topic of the reference data. */
        ExchangeRateReference: {
            /** @description When the source changed it last. */
            as_of: components["schemas"]["Timestamp"];
            /** @description When the source was last asked. */
            checked_at: components["schemas"]["Timestamp"];
            /** @description The items. */
            items: components["schemas"]["ExchangeRate"][];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        /** @description The fee of a kind of operation: a share of the amount, within bounds. */
        FeeRule: {
            /** @description For which kind. */
            kind: components["schemas"]["OperationKind"];
            /**
             * Format: int64
             * @description At least, in minor units of the amount's currency.
             */
            least_minor: number;
            /**
             * Format: int64
             * @description At most, in minor units of the amount's currency.
             */
            most_minor: number;
            /**
             * Format: int32
             * @description Share of the amount in basis points, rounded up to the minor unit.
             */
            share_bp: number;
        };
        /** @description A topic of the reference data. */
        FeeRuleReference: {
            /** @description When the source changed it last. */
            as_of: components["schemas"]["Timestamp"];
            /** @description When the source was last asked. */
            checked_at: components["schemas"]["Timestamp"];
            /** @description The items. */
            items: components["schemas"]["FeeRule"][];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        /** @description A field of a request that cannot be, as sent in `errors`. */
        FieldError: {
            /** @description What it must be. */
            detail: string;
            /** @description Path of the field, e.g. `intent.terms.amount`. */
            field: string;
        };
        /**
         * Format: int64
         * @description A generation of the register.
         */
        Generation: number;
        /** @description Money held for an order in progress: spoken for, not yet gone. */
        Held: {
            /** @description How much. */
            amount: components["schemas"]["Money"];
            /** @description For which order. */
            operation_id: components["schemas"]["OperationId"];
        };
        /** @description What was confirmed: terms, and until when they may first be executed. */
        Intent: {
            /** @description The terms. */
            terms: components["schemas"]["Terms"];
            /** @description First execution only before this, by the gateway's clock (I10). */
            valid_until: components["schemas"]["Timestamp"];
        };
        /** @description What a loan costs. */
        LoanAnswer: {
            /** @description What is paid beyond the amount borrowed. */
            interest: components["schemas"]["Money"];
            /** @description Every month. */
            monthly: components["schemas"]["Money"];
            /** @description All payments together. */
            total: components["schemas"]["Money"];
        };
        /**
         * @description An amount in one currency, as `{"amount":"1234.50",…}`.
         * @example {
         *       "amount": "1234.50",
         *       "currency": "RUB"
         *     }
         */
        Money: {
            /** @example 1234.50 */
            amount: string;
            /**
             * @description The currencies of the bank. All have two decimal digits.
             * @enum {string}
             */
            currency: "RUB" | "USD" | "EUR";
        };
        /** @description `POST /v1/operations`. */
        NewOrder: {
            /** @description The customer has said that a look-alike is meant. */
            again?: boolean;
            /**
             * @description `as_of` of the notice, if the customer's last look at it had one: the view that he orders on
             *     may have lacked something. Refused once the block knows more than that.
             */
            as_of?: components["schemas"]["Generation"];
            /** @description The intent of the review, exactly. */
            intent: components["schemas"]["Intent"];
        };
        /** @description `POST /v1/templates`. */
        NewTemplate: {
            /** @description The customer's name for it. */
            name: string;
            /** @description What would be ordered. */
            terms: components["schemas"]["Terms"];
        };
        /**
         * @description What a client does after a refusal; beats the status code (`Bulkhead-Next`).
         * @enum {string}
         */
        Next: "retry" | "route" | "reauthenticate" | "ask" | "stop";
        /** @description What a customer is told of his move. */
        NoticeView: {
            as_of: components["schemas"]["Generation"] | null;
            /** @description Sent before the switch, being checked. */
            being_checked: components["schemas"]["OperationView"][];
            /** @description Its sentence. */
            message: string | null;
            notice: components["schemas"]["Word"] | null;
            /** @description He is asked about these: nothing is done with them before he has answered. */
            questions: components["schemas"]["OperationView"][];
            /** @description How far what is shown can be believed. */
            view: components["schemas"]["Complete"];
        };
        /** @description `POST /v1/sessions`. */
        OpenSession: {
            /** @description What the customer calls the device. */
            device_name?: string;
            /** @description Mobile: the device's token. Browsers send it as a cookie. */
            device_token?: string | null;
            /**
             * Format: password
             * @description As typed.
             */
            password: string;
            /** @description From the router, at most 60 s old; good for one attempt. */
            ticket: string;
        };
        /**
         * Format: uuid
         * @description An operation, the same on every block for the same key.
         * @example 6813ac70-bfc7-8d58-811e-be926b17a433
         */
        OperationId: string;
        /**
         * @description What sort of thing is ordered.
         * @enum {string}
         */
        OperationKind: "own_transfer" | "customer_transfer" | "bill_payment" | "mobile_topup" | "currency_exchange" | "deposit_open" | "card_freeze" | "card_unfreeze" | "cash_code";
        /**
         * @description How far an operation has come. Progress only joins upward (I8); the last four are final and
         *     come from the gateway only.
         * @enum {string}
         */
        OperationState: "awaiting_confirmation" | "pending" | "sent" | "executed" | "rejected" | "cancelled" | "expired";
        /** @description What is shown of an operation. */
        OperationView: {
            /** @description Can the customer still cancel it? */
            cancellable: boolean;
            confirm_by: components["schemas"]["Timestamp"] | null;
            /** @description When it was ordered. */
            created_at: components["schemas"]["Timestamp"];
            /** @description In how many compartments it is held. */
            durability: components["schemas"]["Durability"];
            effect: components["schemas"]["Effect"] | null;
            /** @description What was ordered, as confirmed. */
            intent: components["schemas"]["Intent"];
            /**
             * @description The ISO 20022 code beside it.
             * @example ACSP
             */
            iso_status: string;
            /** @description What sort of order. */
            kind: components["schemas"]["OperationKind"];
            /** @description The sentence for the screen. */
            message: string;
            most: components["schemas"]["Money"] | null;
            /** @description Its id. */
            operation_id: components["schemas"]["OperationId"];
            /** @description He is asked about it, and nothing is done before he has answered. */
            question?: components["schemas"]["Question"];
            reason: components["schemas"]["RejectReason"] | null;
            /** @description The word for the screen. */
            shown: components["schemas"]["Shown"];
            /** @description How far it has come. */
            state: components["schemas"]["OperationState"];
            /** @description When it last changed. */
            updated_at: components["schemas"]["Timestamp"];
            /** @description Not done after this. */
            valid_until: components["schemas"]["Timestamp"];
        };
        /** @description The answer to an order. */
        OrderView: components["schemas"]["OperationView"] & {
            /** @description Where a code is needed: did the message system take it? */
            code_sent?: boolean;
        };
        /** @description A product of a list that has no type of its own. */
        OtherProduct: {
            /** @description What is owed or saved, where that has a meaning. */
            balance?: components["schemas"]["Money"];
            /** @description The foreign system's id. */
            id: string;
            /** @description Name of the product. */
            name: string;
            /** @description In the system's words: `active`, `due`, `paid` … */
            status: string;
        } & {
            [key: string]: unknown;
        };
        /** @description All products of a customer. */
        Overview: {
            /** @description One section a product list, in the order of the screen. */
            sections: components["schemas"]["Section"][];
            /** @description Booked money by currency, over the accounts that answered. */
            totals: components["schemas"]["Money"][];
        };
        /** @description A page of operations, latest first. */
        Page: {
            /** @description The operations. */
            items: components["schemas"]["OperationView"][];
            /** @description To be sent as `cursor` for the next page; absent on the last. */
            next?: string;
        };
        /** @description Whom the money goes to, as resolved and shown at the review step. */
        Payee: {
            /** @description The account that receives. */
            account: components["schemas"]["AccountNumber"];
            /**
             * @description The name as the bank shows it to others, e.g. `Anna P.`; absent when it could not be
             *     checked at review.
             */
            name?: string | null;
            phone?: components["schemas"]["Phone"] | null;
        };
        /**
         * @description What was found out about the payee.
         * @enum {string}
         */
        PayeeCheck: "found" | "cannot_check_now" | "not_needed";
        /** @description How the payee is named. */
        PayeeDraft: {
            /** @description By phone. */
            phone: components["schemas"]["Phone"];
        } | {
            /** @description By account. */
            account: components["schemas"]["AccountNumber"];
        };
        /**
         * @description In international form (E.164). Read with the spaces, brackets and dashes that people type, written without.
         * @example +79001234567
         */
        Phone: string;
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
        /** @description A product on offer. */
        Product: {
            /** @description In which currency. */
            currency: components["schemas"]["Currency"];
            /** @description Its id. */
            id: string;
            /** @description `deposit`, `loan` or `card`. */
            kind: string;
            /** @description The least one can put in or borrow. */
            least: components["schemas"]["Money"];
            /** @description The most. */
            most: components["schemas"]["Money"];
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Yearly interest in basis points.
             */
            rate_bp: number;
            /** @description Terms on offer, in months; empty where it has none. */
            terms_months: number[];
        };
        /** @description A topic of the reference data. */
        ProductReference: {
            /** @description When the source changed it last. */
            as_of: components["schemas"]["Timestamp"];
            /** @description When the source was last asked. */
            checked_at: components["schemas"]["Timestamp"];
            /** @description The items. */
            items: components["schemas"]["Product"][];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        ProductsSection: {
            /**
             * Format: date-time
             * @description A point in time (RFC 3339); written in UTC, to the millisecond.
             * @example 2026-01-31T12:00:00Z
             */
            as_of?: string;
            items: components["schemas"]["OtherProduct"][];
            /** @enum {string} */
            list: "loans" | "deposits" | "insurance" | "pension" | "investments" | "loyalty" | "taxes" | "subscriptions" | "limits" | "credit-history";
            /** @description For the customer, where something is missing. */
            message?: string;
            status: components["schemas"]["Status"];
        };
        /**
         * @description A question about an operation. Both numbers go back with the answer, so that it answers what was
         *     shown.
         */
        Question: {
            /** @description About the order: is it still to be done? 0: not asked. */
            asked: components["schemas"]["Generation"];
            /** @description About a wish to cancel it that came late: was it his? 0: not asked. */
            cancel_asked: components["schemas"]["Generation"];
        };
        /** @description `POST /v1/operations/{id}/answer`. */
        QuestionAnswer: {
            /** @description `question.asked` as it was shown. */
            asked: components["schemas"]["Generation"];
            /** @description `question.cancel_asked` as it was shown. */
            cancel_asked: components["schemas"]["Generation"];
            /** @description Do it; otherwise it is cancelled. */
            execute: boolean;
        };
        /**
         * @description A positive decimal number, at most six digits after the point.
         * @example 0.010837
         */
        Rate: string;
        /** @description What the visitor is told. */
        Received: {
            /** @description For which product. */
            product_id: string;
            /** @description When. */
            received_at: components["schemas"]["Timestamp"];
            /**
             * @description To be quoted; knows nothing of the visitor.
             * @example A-0f1e2d3c4b5a69788796a5b4
             */
            reference: string;
            /**
             * @description Always `received`: what becomes of it is said by the bank's staff.
             * @example received
             */
            status: string;
        };
        /**
         * @description The reason of a rejection. Stored with the outcome and shown.
         * @enum {string}
         */
        RejectReason: "account_unknown" | "account_closed" | "insufficient_funds" | "limit_exceeded" | "payee_unknown" | "payee_changed" | "rate_moved" | "fee_raised" | "biller_refused" | "operator_refused" | "product_changed" | "card_unknown" | "system_refused" | "not_understood";
        /** @description `POST /v1/sessions/resumption`. */
        ResumeSession: {
            /** @description From the router, at most 60 s old; good for one attempt. */
            ticket: string;
            /** @description Mobile: the secret of the session. Browsers send it as a cookie. */
            token?: string | null;
        };
        /** @description What the customer is shown. */
        Review: {
            /** @description Will a code be asked for? (Risk may ask for one in any case.) */
            code_needed: boolean;
            /** @description May it wait if the back office cannot take it at once? */
            deferrable: boolean;
            /** @description To be sent back, exactly, with an `Idempotency-Key`. */
            intent: components["schemas"]["Intent"];
            most: components["schemas"]["Money"] | null;
            /** @description What was found out about the payee. */
            payee_check: components["schemas"]["PayeeCheck"];
        };
        /** @description One product list. */
        Section: components["schemas"]["AccountsSection"] | components["schemas"]["CardsSection"] | components["schemas"]["ProductsSection"];
        /** @description A session was opened. */
        SessionOpened: {
            /** @description Mobile only, on a new device: to be sent at the next login. */
            device_token?: string;
            /** @description Is it in two compartments? If not, it may have to be opened again after a failure. */
            durable: boolean;
            /** @description When it ends in any case. */
            expires_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Without a request for this long the session ends.
             */
            idle_s: number;
            /** @description The customer's name. */
            name: string;
            /** @description When it was opened. */
            opened_at: components["schemas"]["Timestamp"];
            /**
             * Format: uuid
             * @description Its id; not its secret.
             */
            session_id: string;
            /** @description Mobile only: the secret of the session. */
            token?: string;
        };
        /** @description A session goes on here. */
        SessionResumed: {
            /** @description When it ends in any case. */
            expires_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Without a request for this long the session ends.
             */
            idle_s: number;
            /** @description The customer's name. */
            name: string;
            /** @description When it was opened. */
            opened_at: components["schemas"]["Timestamp"];
            /**
             * Format: uuid
             * @description Its id; not its secret, which stays what it was.
             */
            session_id: string;
        };
        /** @description A session, as the list shows it. */
        SessionView: {
            /** @description `web` or `mobile`. */
            channel: string;
            /** @description Is it the one that asks? */
            current: boolean;
            /** @description In the customer's words. */
            device_name: string;
            /** @description When it ends in any case. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description When it was opened. */
            opened_at: components["schemas"]["Timestamp"];
            /** @description When it was last used, to a quarter of the idle limit. */
            seen_at: components["schemas"]["Timestamp"];
            /**
             * Format: uuid
             * @description Its id; not its secret.
             */
            session_id: string;
        };
        /** @description The sessions that are alive. */
        Sessions: {
            /** @description Latest used first. */
            items: components["schemas"]["SessionView"][];
        };
        /**
         * @description What is shown; one word a sentence.
         * @enum {string}
         */
        Shown: "waiting_for_confirmation" | "received" | "in_progress" | "being_checked" | "being_cancelled" | "under_investigation" | "done" | "done_on_changed_terms" | "declined" | "cancelled" | "time_ran_out";
        /**
         * @description How fresh a section is.
         * @enum {string}
         */
        Status: "live" | "unavailable";
        /** @description A template. */
        Template: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Only the tombstone is left. */
            deleted: boolean;
            /** @description The customer's name for it. */
            name: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            template_id: string;
            /** @description What would be ordered. */
            terms: components["schemas"]["Terms"];
            /**
             * Format: int64
             * @description Raised by every change.
             */
            version: number;
        };
        /** @description The customer's templates. */
        Templates: {
            /** @description Newest first. */
            items: components["schemas"]["Template"][];
        };
        /** @description The terms, kind by kind. */
        Terms: {
            /** @description How much. */
            amount: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "own_transfer";
            /** @description Credited. */
            to_account: components["schemas"]["AccountNumber"];
        } | {
            /** @description How much he gets. */
            amount: components["schemas"]["Money"];
            /** @description On top of it. */
            fee: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "customer_transfer";
            /** @description A line for the payee, at most 140 characters; empty if there is none. */
            message: string;
            /** @description Whom. */
            payee: components["schemas"]["Payee"];
        } | {
            /** @description How much the biller gets. */
            amount: components["schemas"]["Money"];
            /** @description The biller's id in the reference data. */
            biller_id: string;
            /** @description The biller's name as shown. */
            biller_name: string;
            /** @description On top of it. */
            fee: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "bill_payment";
            /** @description The customer's number at the biller. */
            reference: string;
        } | {
            /** @description How much. */
            amount: components["schemas"]["Money"];
            /** @description On top of it. */
            fee: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "mobile_topup";
            /** @description Whose balance. */
            phone: components["schemas"]["Phone"];
        } | {
            /** @description What it gives at the rate shown. */
            buy: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "currency_exchange";
            /** @description The rate shown: units bought per unit sold. */
            rate: components["schemas"]["Rate"];
            /** @description What is sold: exactly this is debited. */
            sell: components["schemas"]["Money"];
            /** @description Credited. */
            to_account: components["schemas"]["AccountNumber"];
            /**
             * Format: int32
             * @description How far the rate may fall, in basis points of the rate shown, 0–1000.
             */
            tolerance_bp: number;
        } | {
            /** @description How much is put in. */
            amount: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "deposit_open";
            /** @description The product's id in the reference data. */
            product_id: string;
            /** @description The product's name as shown. */
            product_name: string;
            /**
             * Format: int32
             * @description The yearly interest shown, in basis points; a lower one is not accepted.
             */
            rate_bp: number;
            /**
             * Format: int32
             * @description For how many months.
             */
            term_months: number;
        } | {
            /** @description Which of the customer's cards. */
            card_id: string;
            /** @enum {string} */
            kind: "card_freeze";
        } | {
            /** @description Which of the customer's cards. */
            card_id: string;
            /** @enum {string} */
            kind: "card_unfreeze";
        } | {
            /** @description How much comes out. */
            amount: components["schemas"]["Money"];
            /** @description On top of it. */
            fee: components["schemas"]["Money"];
            /** @description Debited. */
            from_account: components["schemas"]["AccountNumber"];
            /** @enum {string} */
            kind: "cash_code";
        };
        /**
         * Format: date-time
         * @description A point in time (RFC 3339); written in UTC, to the millisecond.
         * @example 2026-01-31T12:00:00Z
         */
        Timestamp: string;
        /** @description An entry of an account's history. */
        Transaction: {
            /** @description Positive: came in; negative: went out. */
            amount: components["schemas"]["Money"];
            /** @description When it was booked. */
            booked_at: components["schemas"]["Timestamp"];
            /** @description The other side, where it may be shown. */
            counterparty?: string;
            /** @description A line about it. */
            description: string;
            /** @description The ledger's id. */
            id: string;
            /** @description The operation that caused it, if one did. */
            operation_id?: components["schemas"]["OperationId"];
        };
        /** @description A page of an account's history, newest first. */
        TransactionPage: {
            /** @description The entries. */
            items: components["schemas"]["Transaction"][];
            /** @description To be sent for the next page; absent on the last. */
            next?: string;
        };
        /** @description `POST /v1/operations/cancellation`. */
        Withdrawn: {
            /** @description The intent of the order, exactly. */
            intent: components["schemas"]["Intent"];
        };
        /**
         * @description Which notice.
         * @enum {string}
         */
        Word: "joining" | "finishing";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
