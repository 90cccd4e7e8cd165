{{/* The configuration file: the chart's own settings override the values. */}}
{{- define "waba-migrator.toml" -}}
{{- $entries := include "waba-migrator.entries" . | fromJsonArray -}}
{{- $config := deepCopy .Values.config -}}
{{- $own := dict
  "server" (dict "listen" "0.0.0.0:8080" "shutdown_grace" (printf "%ds" (int .Values.shutdownGraceSeconds)))
  "ops" (dict "listen" "0.0.0.0:9090")
-}}
{{- if include "waba-migrator.isShared" . -}}
{{- $_ := set $own "store" (dict "url_file" "/run/waba-migrator/secret/store-url") -}}
{{- else -}}
{{- $_ := set $own "store" (dict "url" "sqlite:///var/lib/waba-migrator/waba-migrator.db") -}}
{{- end -}}
{{- if has "keys" $entries -}}
{{- $_ := set $own "encryption" (dict "key_file" "/run/waba-migrator/secret/keys") -}}
{{- end -}}
{{- $graph := dict -}}
{{- if has "graph-access-token" $entries -}}
{{- $_ := set $graph "access_token_file" "/run/waba-migrator/secret/graph-access-token" -}}
{{- end -}}
{{- if has "graph-app-secret" $entries -}}
{{- $_ := set $graph "app_secret_file" "/run/waba-migrator/secret/graph-app-secret" -}}
{{- end -}}
{{- if $graph -}}
{{- $_ := set $own "graph" $graph -}}
{{- end -}}
{{- if has "otlp-headers" $entries -}}
{{- $_ := set $own "telemetry" (dict "otlp_headers_file" "/run/waba-migrator/secret/otlp-headers") -}}
{{- end -}}
{{- if .Values.tls.existingSecret -}}
{{- $tls := dict "certificate_file" "/run/waba-migrator/tls/tls.crt" "key_file" "/run/waba-migrator/tls/tls.key" -}}
{{- if .Values.tls.clientCaSecret -}}
{{- $_ := set $tls "client_ca_file" "/run/waba-migrator/client-ca/ca.crt" -}}
{{- end -}}
{{- $_ := set $own "tls" $tls -}}
{{- end -}}
{{- if .Values.sandbox.enabled -}}
{{- /* The sandbox Service of this release, within the cluster. */ -}}
{{- $_ := set $own "sandbox" (dict "base_url" (printf "http://%s-sandbox:8089" (include "waba-migrator.fullname" .)) "allow_http" true) -}}
{{- end -}}
{{- $all := mergeOverwrite $config $own -}}
{{- $text := "" -}}
{{- range $name := keys $all | sortAlpha -}}
{{- $text = printf "%s%s\n" $text (include "waba-migrator.section" (dict "name" $name "values" (get $all $name))) -}}
{{- end -}}
{{- trim $text -}}
{{- end -}}
