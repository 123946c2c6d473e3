import { Construct } from 'constructs';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { Lambda } from '../constructs/lambda.ts';
import { READ, WRITE } from '../constructs/table.ts';
import { Workflow } from '../constructs/workflow.ts';
import { file1099 } from '../workflows/file-1099.ts';
import type { DataStack } from './data.ts';

/**
 * Information returns of a year. The figures are made by one function that opens no form, the files by another that reads no ledger. Who has the
 * same taxpayer number is found by a third, which opens numbers and nothing else, and told by fingerprints that no other function can make.
 */
export class TaxStack extends HouseStack {
  readonly file: Workflow;
  readonly matchTaxpayers: Lambda;

  constructor(scope: Construct, setting: WatchedSetting, data: DataStack) {
    super(scope, 'tax', setting, 'makes the information returns of a year');
    const impact =
      'Forms 1099-NEC of a year are not made; they are due on January 31, and late ones cost a penalty each.';
    const { workflowWidth: width, shardConcurrency: concurrency } = this.stage;
    const planReturns = new Lambda(this, 'jobs/plan-returns', {
      memoryMb: 512,
      timeoutSeconds: 120,
      access: [data.core.may('GetItem', 'Query')],
      impact,
    });
    const assessReturns = new Lambda(this, 'jobs/assess-returns', {
      memoryMb: 512,
      timeoutSeconds: 300,
      concurrency,
      access: [data.core.may(...READ, 'PutItem'), data.ledger.may('GetItem', 'Query')],
      impact,
    });
    this.matchTaxpayers = new Lambda(this, 'jobs/match-taxpayers', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [
        data.core.may(...READ, 'PutItem'),
        data.vault.may('GetItem', 'PutItem'),
        data.openTaxNumbers(),
        data.sealTaxpayerKey(),
      ],
      impact:
        'Partners with the same taxpayer number are not found: no payout run is drafted and no information return is made until they are.',
    });
    const combineReturns = new Lambda(this, 'jobs/combine-returns', {
      memoryMb: 512,
      timeoutSeconds: 300,
      access: [data.core.may(...READ, 'PutItem')],
      impact,
    });
    const writeReturns = new Lambda(this, 'jobs/write-returns', {
      memoryMb: 1024,
      timeoutSeconds: 900,
      access: [
        data.core.may(...READ, ...WRITE),
        data.vault.may('GetItem'),
        data.openTaxForms(),
        data.writeDocuments('tax'),
      ],
      impact,
    });
    this.file = new Workflow(this, 'file-1099', {
      watching: 'nobody-waits',
      definition: file1099(new Construct(this, 'filing'), {
        ...{ planReturns, assessReturns, combineReturns, writeReturns, width },
        matchTaxpayers: this.matchTaxpayers,
      }),
      timeoutMinutes: 180,
      impact,
    });
  }
}
