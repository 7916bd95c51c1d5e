/**
 * Short names for what travels between this client and the bank. The types are generated from the
 * OpenAPI documents (`npm run generate`); nothing is declared here.
 */
import type { components as BlockParts } from './generated/block.ts';
import type { components as RouterParts } from './generated/router.ts';

type Block = BlockParts['schemas'];
type Router = RouterParts['schemas'];

export type Currency = Block['Currency'];
export type Money = Block['Money'];

/** Every refusal (RFC 9457). */
export type Problem = Block['Problem'];

// Router
export type RouteRequest = Router['RouteRequest'];
/** What a client has met at a block that failed it. */
export type FailedHow = Router['FailedHow'];
export type RouteAnswer = Router['RouteAnswer'];
export type Bootstrap = Router['Bootstrap'];

// Sessions
export type SessionOpened = Block['SessionOpened'];
export type CodeNeeded = Block['CodeNeeded'];
export type SessionView = Block['SessionView'];

// Products
export type Overview = Block['Overview'];
export type Section = Block['Section'];
export type AccountsSection = Block['AccountsSection'];
export type CardsSection = Block['CardsSection'];
export type ProductsSection = Block['ProductsSection'];
export type ListName = Section['list'];
export type Account = Block['AccountShown'];
export type Card = Block['Card'];
export type OtherProduct = Block['OtherProduct'];
export type Transaction = Block['Transaction'];
export type TransactionPage = Block['TransactionPage'];

// Operations
export type OperationKind = Block['OperationKind'];
export type OperationState = Block['OperationState'];
export type Shown = Block['Shown'];
export type RejectReason = Block['RejectReason'];
export type Terms = Block['Terms'];
export type Draft = Block['Draft'];
export type PayeeDraft = Block['PayeeDraft'];
/** To be sent back exactly as it came: its hash is the order's identity. */
export type Intent = Block['Intent'];
export type Review = Block['Review'];
export type NewOrder = Block['NewOrder'];
export type Operation = Block['OperationView'];
/** The answer to an order: the operation, and whether a code was sent for it just now. */
export type Ordered = Block['OrderView'];
export type OperationPage = Block['Page'];
/** What a customer is told of a move, and asked about. */
export type NoticeView = Block['NoticeView'];
export type Question = Block['Question'];
export type CashCode = Block['CashCodeShown'];
export type Template = Block['Template'];

// Reference data
export type ExchangeRates = Block['ExchangeRateReference'];
export type Billers = Block['BillerReference'];
export type Biller = Block['Biller'];
export type Products = Block['ProductReference'];
export type Product = Block['Product'];
