import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Env, Index } from '../../lib/names.ts';
import { type Access, access } from '../constructs/access.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { HouseStack, type WatchedSetting } from '../constructs/house-stack.ts';
import { type AppendAction, DataTable } from '../constructs/table.ts';

/** Folders of the documents bucket. */
export type Folder = 'statements' | 'payouts' | 'reports' | 'journeys' | 'tax';

/** The field of the vault that holds a brand's taxpayer key; see `lib/store/taxpayer-keys.ts`. */
const TAXPAYER_KEY = 'taxpayer-key';

/** The condition that names a signing secret; see `lib/aws/sealed-secrets.ts`. */
const SIGNING_SECRET = { StringEquals: { 'kms:EncryptionContext:field': 'signing-secret' } };

/** The condition that what is used is no tax form and no provider's secret; see `lib/store/tax-vault.ts` and `lib/store/payout-providers.ts`. */
const PAYOUT_DETAILS = { Null: { 'kms:EncryptionContext:taxForm': 'true', 'kms:EncryptionContext:provider': 'true' } };

/** All that cannot be made again: six tables split by what they hold and who may read it, the vault's key, and the documents. */
export class DataStack extends HouseStack {
  /** Programs, partners, plans, links, runs, statements, keys, audit: everything small. */
  readonly core: DataTable;
  readonly clicks: DataTable<'PutItem' | 'Query'>;
  readonly conversions: DataTable;
  /** Append-only. */
  readonly ledger: DataTable<AppendAction>;
  /** Bank and tax details, each field encrypted with `vaultKey` before it is written. */
  readonly vault: DataTable<'PutItem' | 'GetItem'>;
  /** Webhooks and what was sent to them. */
  readonly webhooks: DataTable;
  private readonly vaultKey: Key;
  private readonly bucket: Bucket;
  /** Under a name of its own, by which cdk-nag shows it. */
  private readonly bucketArn: string;

  constructor(scope: Construct, setting: WatchedSetting) {
    super(scope, 'data', setting, 'tables, documents and the key of the vault');
    const { keepsData } = this.stage;
    this.core = new DataTable(this, 'core', {
      variable: Env.coreTable,
      indexes: [{ name: Index.corePartner, partitionKey: 'gsi1pk', sortKey: 'gsi1sk', projection: 'all' }],
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      expires: true,
    });
    // No index: each would cost every click a second write, and one hot partner would slow the table down.
    this.clicks = new DataTable(this, 'clicks', {
      variable: Env.clicksTable,
      stream: StreamViewType.NEW_IMAGE,
      expires: true,
    });
    this.conversions = new DataTable(this, 'conversions', {
      variable: Env.conversionsTable,
      indexes: [
        { name: Index.conversionsOpen, partitionKey: 'openPk', sortKey: 'openSk', projection: 'keys' },
        { name: Index.conversionsDay, partitionKey: 'dayPk', sortKey: 'daySk', projection: 'keys' },
      ],
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.ledger = new DataTable<AppendAction>(this, 'ledger', {
      variable: Env.ledgerTable,
      stream: StreamViewType.NEW_IMAGE,
    });
    this.vault = new DataTable(this, 'vault', { variable: Env.vaultTable });
    // No stream: nothing follows deliveries, and every attempt changes a row.
    this.webhooks = new DataTable(this, 'webhooks', {
      variable: Env.webhooksTable,
      indexes: [{ name: Index.webhooksOpen, partitionKey: 'openPk', sortKey: 'openSk', projection: 'keys' }],
      expires: true,
    });

    this.vaultKey = new Key(this, 'vault-key', {
      description: `Encrypts the fields of the vault (${this.stage.name})`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(keepsData ? 30 : 7),
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.bucket = this.documentsBucket();
    this.bucketArn = this.exportValue(this.bucket.bucketArn, { name: this.named('documents-arn') });
  }

  /** Turns bank details into something unreadable; gives no way back. */
  encryptVault(): Access {
    return this.useVaultKey('kms:Encrypt', 'brandId', { [Env.vaultKey]: this.vaultKey.keyArn }, PAYOUT_DETAILS);
  }

  /** Opens bank details and no tax forms. */
  decryptVault(): Access {
    return this.useVaultKey('kms:Decrypt', 'brandId', {}, PAYOUT_DETAILS);
  }

  /** Tax forms, whose context names their version as `taxForm`: bank details have none. */
  sealTaxForms(): Access {
    return this.useVaultKey('kms:Encrypt', 'taxForm', { [Env.vaultKey]: this.vaultKey.keyArn });
  }

  openTaxForms(): Access {
    return this.useVaultKey('kms:Decrypt', 'taxForm');
  }

  /** Opens of a tax form the number alone, beside the key that tells numbers apart. */
  openTaxNumbers(): Access {
    return this.useVaultKey(
      'kms:Decrypt',
      'taxForm',
      {},
      {
        StringEquals: { 'kms:EncryptionContext:field': ['tin.box', 'tin.number', TAXPAYER_KEY] },
      },
    );
  }

  /** Seals the key that tells taxpayer numbers apart, and nothing else. */
  sealTaxpayerKey(): Access {
    return this.useVaultKey(
      'kms:Encrypt',
      'taxForm',
      { [Env.vaultKey]: this.vaultKey.keyArn },
      { StringEquals: { 'kms:EncryptionContext:field': TAXPAYER_KEY } },
    );
  }

  /** Signing secrets of webhooks, under the vault's key: a second one would cost more than everything that webhooks do in a quiet month. */
  sealSecrets(): Access {
    return this.useVaultKey('kms:Encrypt', 'webhookId', { [Env.vaultKey]: this.vaultKey.keyArn });
  }

  /** Opens what names a webhook in its context, so no bank details, whose context does not. */
  openSecrets(): Access {
    return this.useVaultKey('kms:Decrypt', 'webhookId');
  }

  /** Secrets of a brand's accounts at PayPal and Wise, whose context names the provider. */
  sealProviders(): Access {
    return this.useVaultKey('kms:Encrypt', 'provider', { [Env.vaultKey]: this.vaultKey.keyArn });
  }

  openProviders(): Access {
    return this.useVaultKey('kms:Decrypt', 'provider');
  }

  /** The keys that sign click ids. The parameter is made by ops/rotate-click-keys: CloudFormation can make no SecureString. */
  readClickKeys(): Access {
    return this.clickKeys('ssm:GetParameter');
  }

  rotateClickKeys(): Access {
    return this.clickKeys('ssm:GetParameter', 'ssm:PutParameter');
  }

  /** Seals the signing secrets of API keys under the vault's key. */
  sealSigningSecrets(): Access {
    return this.useVaultKey('kms:Encrypt', 'brandId', { [Env.vaultKey]: this.vaultKey.keyArn }, SIGNING_SECRET);
  }

  /** Opens signing secrets, and nothing else that the vault's key has encrypted: the encryption context says what it is. */
  openSigningSecrets(): Access {
    return this.useVaultKey('kms:Decrypt', 'brandId', {}, SIGNING_SECRET);
  }

  readDocuments(...folders: readonly Folder[]): Access {
    const read = this.documents('s3:GetObject', folders);
    // Without it S3 answers that access is denied, not that there is no such document.
    const notFound = access(['s3:ListBucket'], [this.bucketArn]);
    return { ...read, statements: [...read.statements, ...notFound.statements] };
  }

  /** The names in a folder: whoever reads all there is of a day has to know what there is. */
  listDocuments(folder: Folder): Access {
    const statement = new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [this.bucketArn],
      conditions: { StringLike: { 's3:prefix': `${folder}/*` } },
    });
    return { environment: { [Env.documentsBucket]: this.bucket.bucketName }, statements: [statement] };
  }

  writeDocuments(...folders: readonly Folder[]): Access {
    return this.documents('s3:PutObject', folders);
  }

  /** Only with a context that names whose it is: what is encrypted without one could be opened as anybody's. */
  private useVaultKey(
    action: string,
    named: string,
    environment: Readonly<Record<string, string>> = {},
    only: object = {},
  ): Access {
    const statement = new PolicyStatement({
      actions: [action],
      resources: [this.vaultKey.keyArn],
      conditions: { StringLike: { [`kms:EncryptionContext:${named}`]: '?*' }, ...only },
    });
    return { environment, statements: [statement] };
  }

  private clickKeys(...actions: readonly string[]): Access {
    const name = `tributary/${this.stage.name}/click-keys`;
    const arn = this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name });
    return access(actions, [arn], { [Env.clickKeysParameter]: `/${name}` });
  }

  private documents(action: string, folders: readonly Folder[]): Access {
    return {
      ...access(
        [action],
        folders.map((folder) => `${this.bucketArn}/${folder}/*`),
        { [Env.documentsBucket]: this.bucket.bucketName },
      ),
      wildcards: Object.fromEntries(
        folders.map((folder) => [
          `AwsSolutions-IAM5[Resource::${this.named('documents-arn')}/${folder}/*]`,
          'documents get their names when they are written; the folder is named exactly',
        ]),
      ),
    };
  }

  /** Statements, payment files and reports, with a log of who fetched which, because payment files hold account numbers. */
  private documentsBucket(): Bucket {
    const { keepsData, accessLogDays, clickDays } = this.stage;
    const common = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    const log = new Bucket(this, 'documents-log', {
      ...common,
      lifecycleRules: [{ expiration: Duration.days(accessLogDays) }],
    });
    acknowledge(log, {
      'AwsSolutions-S1': 'it is the log of the documents bucket; logging it into itself would never end',
    });
    return new Bucket(this, 'documents', {
      ...common,
      versioned: keepsData,
      serverAccessLogsBucket: log,
      lifecycleRules: [
        // They hold numbers of people in clear; who needs one again has it written again.
        { prefix: 'tax/', expiration: Duration.days(30), noncurrentVersionExpiration: Duration.days(1) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1), noncurrentVersionExpiration: Duration.days(400) },
        // A click that is forgotten in its table is forgotten here, older versions too.
        {
          prefix: 'journeys/',
          expiration: Duration.days(clickDays),
          noncurrentVersionExpiration: Duration.days(1),
        },
      ],
    });
  }
}
