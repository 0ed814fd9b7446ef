{{- define "carryon.fullname" -}}
{{- $name := .Values.fullnameOverride | default (contains "carryon" .Release.Name | ternary .Release.Name (printf "%s-carryon" .Release.Name)) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Of one part. Called with a dict of root and part. */}}
{{- define "carryon.name" -}}
{{ include "carryon.fullname" .root }}-{{ .part }}
{{- end }}

{{- define "carryon.selector" -}}
app.kubernetes.io/name: carryon
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{/* Name, namespace, labels and annotations of an object; namespace "-" for those of the whole cluster. */}}
{{- define "carryon.metadata" -}}
name: {{ .name | default (include "carryon.name" .) }}
{{- if ne .namespace "-" }}
namespace: {{ .namespace }}
{{- end }}
labels:
  {{- $own := dict "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service }}
  {{- toYaml (merge (include "carryon.selector" . | fromYaml) $own .root.Values.commonLabels) | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "carryon.yaml" -}}
{{- $temporal := .Values.temporal -}}
temporal:
  address: {{ $temporal.address | quote }}
  namespace: {{ $temporal.namespace | quote }}
  {{- with $temporal.tls }}
  {{- if .secretName }}
  tls:
    {{- range $field := list "ca" "cert" "key" }}
    {{- with get $temporal.tls $field }}
    {{ $field }}: {{ printf "/etc/carryon-temporal/%s" . | quote }}
    {{- end }}
    {{- end }}
    {{- with .serverName }}
    serverName: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- end }}
# Of the coordinator alone.
stateDir: /var/lib/carryon
clusters:
  {{- toYaml (prepend .Values.otherClusters .Values.cluster) | nindent 2 }}
{{- with .Values.remoteClusters }}
remoteClusters:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The template's metadata of a part's pods. */}}
{{- define "carryon.podMetadata" -}}
{{- $values := get .root.Values .part -}}
labels:
  {{- toYaml (merge (include "carryon.selector" . | fromYaml) $values.podLabels .root.Values.commonLabels) | nindent 2 }}
annotations:
  # carryon.yaml is read when a pod starts: another one makes other pods.
  {{- $sum := dict "carryon.io/config-sha256" (include "carryon.yaml" .root | sha256sum) }}
  {{- toYaml (merge $sum $values.podAnnotations .root.Values.commonAnnotations) | nindent 2 }}
{{- end }}

{{/* What all pods have. The program needs nothing of the node: these are the rules of the Pod Security level `restricted`. */}}
{{- define "carryon.podSpec" -}}
{{- $values := get .root.Values .part -}}
serviceAccountName: {{ include "carryon.name" . }}
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  # Volumes and Secrets are read by this group.
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What all containers have. */}}
{{- define "carryon.container" -}}
{{- $values := get .root.Values .part -}}
image: {{ printf "%s:%s" .root.Values.image.repository .root.Values.image.tag | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with $values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* The interceptor does not speak to Temporal. */}}
{{- define "carryon.mounts" -}}
- name: config
  mountPath: /etc/carryon
  readOnly: true
{{- if and .root.Values.temporal.tls.secretName (ne .part "interceptor") }}
- name: temporal-tls
  mountPath: /etc/carryon-temporal
  readOnly: true
{{- end }}
{{- end }}

{{- define "carryon.volumes" -}}
- name: config
  configMap:
    name: {{ include "carryon.fullname" .root }}
{{- if and .root.Values.temporal.tls.secretName (ne .part "interceptor") }}
- name: temporal-tls
  secret:
    secretName: {{ .root.Values.temporal.tls.secretName }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{/* Binds a part's Role to its account, in the namespace of the services. */}}
{{- define "carryon.roleBinding" }}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "carryon.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "carryon.name" . }}
subjects:
  - kind: ServiceAccount
    name: {{ include "carryon.name" . }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
