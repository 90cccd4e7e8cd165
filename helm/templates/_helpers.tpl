{{- define "waba-migrator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "waba-migrator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "waba-migrator.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The pod selector labels: never change for a release. Parameters: component, root. */}}
{{- define "waba-migrator.selector" -}}
app.kubernetes.io/name: {{ include "waba-migrator.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "waba-migrator.labels" -}}
{{ include "waba-migrator.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "waba-migrator.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "waba-migrator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "waba-migrator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "waba-migrator.isShared" -}}
{{- if eq .Values.store.type "postgresql" }}yes{{ end -}}
{{- end -}}

{{- define "waba-migrator.secret" -}}
{{- default (include "waba-migrator.fullname" .) .Values.secret.existing -}}
{{- end -}}

{{/* The entries of the Secret, as a JSON list. */}}
{{- define "waba-migrator.entries" -}}
{{- if .Values.secret.existing -}}
{{- .Values.secret.holds | toJson -}}
{{- else -}}
{{- keys .Values.secret.values | sortAlpha | toJson -}}
{{- end -}}
{{- end -}}

{{- define "waba-migrator.apiScheme" -}}
{{- ternary "https" "http" (ne .Values.tls.existingSecret "") -}}
{{- end -}}

{{/* Security context: no privileges, read-only root file system. */}}
{{- define "waba-migrator.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "waba-migrator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{/* A setting as TOML text: the service parses each as text. Whole numbers must not become 1e+06. */}}
{{- define "waba-migrator.setting" -}}
{{- if kindIs "float64" . -}}
{{- if eq (floor .) . -}}{{ int64 . | toString | toJson }}{{- else -}}{{ toString . | toJson }}{{- end -}}
{{- else -}}
{{ toString . | toJson }}
{{- end -}}
{{- end -}}

{{/* The settings of a section and its subsections. Parameters: name, values. */}}
{{- define "waba-migrator.section" -}}
{{- $section := .name }}
[{{ $section }}]
{{- range $key, $value := .values }}
{{- if not (kindIs "map" $value) }}
{{ $key }} = {{ include "waba-migrator.setting" $value }}
{{- end }}
{{- end }}
{{- range $key, $value := .values }}
{{- if kindIs "map" $value }}
{{ include "waba-migrator.section" (dict "name" (printf "%s.%s" $section $key) "values" $value) }}
{{- end }}
{{- end }}
{{- end -}}
