/** One form for each kind of order that has one. */
import type { ComponentType } from 'react';
import { BillPayment, CashCode, MobileTopup } from './bills.tsx';
import type { FormProps } from './fields.tsx';
import { CurrencyExchange, DepositOpen } from './savings.tsx';
import { CustomerTransfer, OwnTransfer } from './transfers.tsx';

export const FORMS: Record<string, ComponentType<FormProps> | undefined> = {
  own_transfer: OwnTransfer,
  customer_transfer: CustomerTransfer,
  bill_payment: BillPayment,
  mobile_topup: MobileTopup,
  cash_code: CashCode,
  currency_exchange: CurrencyExchange,
  deposit_open: DepositOpen,
};
