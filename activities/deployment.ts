/** What a workflow cannot know by itself about where it runs. */
export interface Deployment {
  /** Ids of all configured clusters. */
  clusters: string[];
  /** The search attributes of carryon are registered: setting one that is not would block the workflow. */
  searchAttributes: boolean;
}

/** Activities of the queue `carryon`, beside the workflows. */
export const createDeploymentActivities = (deployment: Deployment) => ({
  listClusters: (): Promise<Deployment> => Promise.resolve(deployment),
});

export type DeploymentActivities = ReturnType<typeof createDeploymentActivities>;
