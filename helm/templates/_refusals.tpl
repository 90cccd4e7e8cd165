{{/* Rejects values that would lose data, expose a secret or not start. Included by the Deployment. */}}
{{- define "waba-migrator.refusals" -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository must be set: no image is published, so build one with the Dockerfile, push it to your registry and name it (docs/deployment.md)" -}}
{{- end -}}
{{- $entries := include "waba-migrator.entries" . | fromJsonArray -}}
{{- if and .Values.secret.existing .Values.secret.values -}}
{{- fail "secret: give either the name of an existing Secret (secret.existing, secret.holds) or the entries of one to create (secret.values)" -}}
{{- end -}}
{{- if and .Values.secret.existing (not .Values.secret.holds) -}}
{{- fail "secret.holds must list the entries of the Secret in secret.existing" -}}
{{- end -}}

{{- if include "waba-migrator.isShared" . -}}
{{- if not (has "store-url" $entries) -}}
{{- fail "store.type postgresql needs the database URL: the entry store-url of the Secret" -}}
{{- end -}}
{{- if not (has "keys" $entries) -}}
{{- fail "store.type postgresql needs the encryption keys, the same for all replicas: the entry keys of the Secret (waba-migrator encryption-key create)" -}}
{{- end -}}
{{- else -}}
{{- if gt (int (default 1 .Values.replicas)) 1 -}}
{{- fail "store.type sqlite is one file for one process, so replicas must be 1: use store.type postgresql" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "store.type sqlite is one file for one process, so autoscaling cannot be enabled: use store.type postgresql" -}}
{{- end -}}
{{- if has "store-url" $entries -}}
{{- fail "store.type sqlite has no URL, but the Secret has store-url: set store.type to postgresql, or remove the entry" -}}
{{- end -}}
{{- end -}}

{{- range $section, $settings := .Values.config -}}
{{- if eq $section "tls" -}}
{{- fail "config.tls is set by the chart: use tls.existingSecret and tls.clientCaSecret" -}}
{{- end -}}
{{- range $key, $value := $settings -}}
{{- $name := printf "%s.%s" $section $key -}}
{{- if has $name (list "server.listen" "ops.listen" "store.url" "store.url_file" "server.shutdown_grace" "encryption.key_file") -}}
{{- fail (printf "config.%s is set by the chart: see values.yaml" $name) -}}
{{- end -}}
{{- if has $name (list "graph.access_token" "graph.app_secret" "encryption.keys" "telemetry.otlp_headers") -}}
{{- fail (printf "config.%s is a secret and must not be in a ConfigMap: put it into the Secret" $name) -}}
{{- end -}}
{{- if and (eq $name "sandbox.base_url") $.Values.sandbox.enabled -}}
{{- fail "config.sandbox.base_url and sandbox.enabled name two sandboxes: use one of them" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $auth := default dict .Values.config.auth -}}
{{- if not (or (eq (toString $auth.api_keys) "true") (default dict $auth.jwt).issuer $auth.certificates) -}}
{{- fail "config.auth must configure authentication: api_keys, jwt or certificates (docs/authentication.md). Otherwise every caller would be accepted" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts must name at least one host" -}}
{{- end -}}
{{- if and .Values.grpcRoute.enabled (not .Values.grpcRoute.parentRefs) -}}
{{- fail "grpcRoute.parentRefs must name the Gateway" -}}
{{- end -}}
{{- if and .Values.tls.clientCaSecret (not .Values.tls.existingSecret) -}}
{{- fail "tls.clientCaSecret needs TLS: set tls.existingSecret" -}}
{{- end -}}
{{- end -}}
