/** The bank's sentences about an operation in Russian, by the words of its API. */
import type { wire } from '@bulkhead/api-client';

export const shown: Record<wire.Shown, string> = {
  waiting_for_confirmation: 'Ничего не списано. Введите код или отмените.',
  received: 'Деньги ещё на счёте и уже вычтены из доступных. Не повторяйте поручение.',
  in_progress: 'Сумма уже вычтена из доступных. Делать ничего не нужно.',
  being_checked: 'Мы выясняем, выполнено ли оно, и покажем ответ здесь.',
  being_cancelled: 'Если оно уже выполнено, мы так и скажем. Не повторяйте.',
  under_investigation: 'Банк разбирается. Не повторяйте: мы с вами свяжемся.',
  done: 'Выполнено.',
  done_on_changed_terms: 'Выполнено на других условиях, в пределах вашего согласия.',
  declined: 'Деньги остались у вас.',
  cancelled: 'Деньги остались у вас.',
  time_ran_out: 'Деньги остались у вас.',
};

export const reasons: Record<wire.RejectReason, string> = {
  account_unknown: 'Счёт списания не найден.',
  account_closed: 'Счёт списания закрыт.',
  insufficient_funds: 'На счёте не хватило денег.',
  limit_exceeded: 'Сумма больше вашего лимита.',
  payee_unknown: 'Счёт получателя не найден.',
  payee_changed: 'Получатель не тот, которого мы вам показали.',
  rate_moved: 'Курс упал ниже того, на который вы согласились.',
  fee_raised: 'Комиссия стала выше показанной.',
  biller_refused: 'Поставщик услуг не принял платёж.',
  operator_refused: 'Оператор не принял номер.',
  product_changed: 'Вклад больше не предлагается на этих условиях.',
  card_unknown: 'Карта не найдена.',
  system_refused: 'Система банка отклонила поручение.',
  not_understood: 'Система банка не поняла поручение.',
};
