import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { kubeconfigOf, kubectl, repository } from '../../e2e/support/clusters';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** A Role of deploy/kubernetes, bound to an account of a namespace. */
export class ServiceAccount {
  private constructor(private readonly cluster: string, private readonly namespace: string, private readonly role: string, private readonly directory: string, readonly rules: readonly Rule[]) {}

  static async make(cluster: string, namespace: string, file: string, directory: string): Promise<ServiceAccount> {
    const role = parse(await readFile(path.join(repository, 'deploy/kubernetes', file), 'utf8')) as { metadata: { name: string }; rules: Rule[] };
    const account = new ServiceAccount(cluster, namespace, role.metadata.name, directory, role.rules);
    const { name } = role.metadata;
    // A run that was cut off may have left them.
    await kubectl(cluster, '--namespace', namespace, 'delete', '--ignore-not-found', `serviceaccount/${name}`, `rolebinding/${name}`, `role/${name}`);
    await kubectl(cluster, '--namespace', namespace, 'create', 'serviceaccount', name);
    await account.grant(role.rules);
    await kubectl(cluster, '--namespace', namespace, 'create', 'rolebinding', name, '--role', name, '--serviceaccount', `${namespace}:${name}`);
    return account;
  }

  /** These rights, and no other ones. */
  async grant(rules: readonly Rule[]): Promise<void> {
    const file = path.join(this.directory, `${this.role}.yaml`);
    await writeFile(file, stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: this.role }, rules }));
    await kubectl(this.cluster, '--namespace', this.namespace, 'apply', '--filename', file);
  }

  /** All but one. */
  async grantAllBut(resource: string, verb: string): Promise<void> {
    const less = this.rules.map((rule) => (rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((other) => other !== verb) } : rule));
    await this.grant(less.filter(({ verbs }) => verbs.length > 0));
  }

  /** Path of a kubeconfig for the same API server, with a token of the account. */
  async kubeconfig(): Promise<string> {
    const kubeconfig = parse(await readFile(kubeconfigOf(this.cluster), 'utf8')) as { users: { user: unknown }[] };
    const token = await kubectl(this.cluster, '--namespace', this.namespace, 'create', 'token', this.role);
    for (const user of kubeconfig.users) user.user = { token };
    const file = path.join(this.directory, 'kubeconfig');
    await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
    return file;
  }

  /** Each right by itself. */
  get rights(): string[] {
    return this.rules.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${resource} ${verb}`)));
  }
}
