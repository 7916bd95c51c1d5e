/**
 * The code that an order waits for. A code is one block's own: when another block serves him now,
 * he is sent another code there, unasked, and is told so.
 */
import { useEffect, useState } from 'react';
import { GivenUp } from '@bulkhead/api-client';
import type { wire } from '@bulkhead/api-client';
import { useWords } from '../i18n/index.tsx';
import { useSession } from '../session.tsx';
import { Notice } from './basic.tsx';
import { CodeForm } from './code.tsx';
import { useBlock } from './waiting.tsx';

interface Props {
  operation: wire.Operation;
  codeSent: boolean | undefined;
  put: (operation: wire.Operation) => void;
  /** Orders it under its key at a block that has not got it. */
  again: () => Promise<wire.Ordered | undefined>;
}

export function CodeStep({ operation, codeSent, put, again }: Props) {
  const { t } = useWords();
  const { bank, client } = useSession();
  const id = operation.operation_id;
  const block = useBlock();
  /** Whose code he has. */
  const [maker, setMaker] = useState(block);
  const [renewed, setRenewed] = useState<'sent' | 'unsent'>();
  const elsewhere = block !== undefined && block !== maker;
  const orUnknown = async (ask: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await ask();
    } catch (reason) {
      if (codeOf(reason) !== 'operation-unknown') throw reason;
      return (await again())?.code_sent === true;
    }
  };
  useEffect(() => {
    if (!elsewhere) return;
    setMaker(block);
    orUnknown(() => bank.sendCode(id))
      .then((sent) => setRenewed(sent ? 'sent' : 'unsent'))
      .catch((reason: unknown) => {
        // It does not wait any more, which its state says; or the button below asks again.
        if (codeOf(reason) !== 'operation-not-awaiting') setRenewed('unsent');
      });
    // Once for each block.
  }, [elsewhere, block]);
  const enter = async (code: string) => {
    const before = client.place?.block;
    try {
      put(await bank.confirm(id, code));
    } catch (reason) {
      // It was another block's code: he gets a new one, see above.
      const moved = client.place?.block !== before && codeOf(reason) !== undefined;
      if (!moved) throw reason;
    }
  };
  return (
    <>
      {codeSent === false && !renewed && <Notice look="warn">{t.operation.unsent}</Notice>}
      {renewed === 'sent' && <Notice>{t.operation.newCode}</Notice>}
      {renewed === 'unsent' && <Notice look="warn">{t.operation.newCodeUnsent}</Notice>}
      <CodeForm
        key={`${maker} ${renewed}`}
        submitText={t.operation.confirm}
        busyText={t.operation.confirming}
        enter={enter}
        resend={() => orUnknown(() => bank.sendCode(id))}
        sent={renewed === 'sent' || (codeSent === true && renewed === undefined)}
      />
    </>
  );
}

function codeOf(reason: unknown): string | undefined {
  return reason instanceof GivenUp ? reason.problem?.code : undefined;
}
