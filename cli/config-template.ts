/** The commented configuration that `carryon init` writes. */
export const configTemplate = (address: string) => `# Configuration of carryon. Relative paths count from the directory of this file.

# Temporal remembers and coordinates migrations. When nothing answers at this address and it is on this machine,
# \`carryon up\` starts a server there (its data in stateDir).
temporal:
  address: 127.0.0.1:7233
  namespace: default
  # uiPort: 8233            # web interface of the server that carryon starts
  # binary: /usr/local/bin/temporal   # program that carryon starts; searched on PATH when absent
  # tls:                    # for a server of yours
  #   ca: temporal-ca.pem
  #   cert: client.pem
  #   key: client.key
  #   serverName: temporal.example.org

# Certificate authorities of the clusters. Whoever has this directory can command the engines: keep it private, and keep it.
stateDir: .carryon

# Autonomous clusters, each a Docker daemon with its host, between which services move. \`carryon up\` runs a coordinator for each.
clusters:
  - id: edge                # letters, digits, dashes; part of queue names and certificates
    docker:
      host: unix:///var/run/docker.sock
    reach:
      # Name or address under which the other clusters' containers, and this machine, reach the ports published here.
      # Not 127.0.0.1: containers of the other cluster cannot use that.
      host: ${address}
    ports:
      engine: 17400-17499   # three host ports per service: API and handoff (TCP), tunnel (UDP)
      # bind: ${address}    # at this address of the host only
    # safety: strict        # only migrations, from and to here, that leave no memory at the source after the commit
    #                       # (stop-and-copy); a request cannot loosen it. Default: normal
    limits:
      migrationsIn: 2       # migrations to here at once; more wait in a queue (carryon status), by --priority
      migrationsOut: 2      # the same for those from here
      # bandwidth: 50m      # bytes per second and direction for all of them together, of images, files and memory that are sent
      #                     # before the freeze; what a service may wait for is never held back. Default: no limit
    # hooks:                # run by this cluster's coordinator when a service has come here, or has left; at least once, so make them repeatable
    #   cutover:
    #     - command: [/usr/local/bin/update-dns, --zone, example.org]   # told by CARRYON_… in its environment
    #       timeout: 10s      # of an attempt, 60s at most
    #       retries: 3        # 5 at most
    #     - http:
    #         url: https://dns.example.org/moved
    #         method: POST    # or PUT, PATCH
    #         headersFrom: hook-headers.txt   # a header in each line, for a token
    # runtimeImage: carryon-runtime:latest

  # - id: cloud
  #   docker:
  #     host: tcp://cloud.example.org:2376
  #     tls:                # required for a daemon on another host; insecure: true does without it
  #       ca: cloud/ca.pem
  #       cert: cloud/cert.pem
  #       key: cloud/key.pem
  #   reach:                # the host of a tcp address when absent
  #     host: cloud.example.org

  # - id: kube              # a namespace of a cluster of Kubernetes
  #   kubernetes:
  #     kubeconfig: kube.conf   # the file that kubectl uses when absent
  #     context: production     # the file's current context when absent
  #     namespace: services     # is there already; default when absent
  #     storageClass: fast      # the cluster's default class when absent
  #     volumeSize: 8Gi         # what each volume asks for
  #     expose: NodePort        # how ports of services are offered: ClusterIP, NodePort, LoadBalancer
  #     startTimeout: 2m        # how long a pod may take to start, with its image and a node that may have to come
  #     arriveAs: deployed      # what users have deployed arrives as that, or as an object of carryon's own: own
  #   reach:                # where node ports of that cluster answer
  #     host: node1.example.org

# Clusters that other sites coordinate, each with \`carryon worker --cluster ID\` and a carryon.yaml that has the credentials of its own
# cluster only: services move to and from there, and nothing there is spoken to from here.
# remoteClusters: [cloud]
`;
