{{- define "certgate.name" -}}
{{- if contains "certgate" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-certgate" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "certgate.webhook" -}}{{ include "certgate.name" . }}-webhook{{- end -}}
{{- define "certgate.scan" -}}{{ include "certgate.name" . }}-scan{{- end -}}

{{- define "certgate.selector" -}}
app.kubernetes.io/name: certgate
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "certgate.labels" -}}
{{ include "certgate.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "certgate.image" -}}
{{- $repository := required "image.repository: name the image that you built from the Containerfile" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "certgate.tlsSecret" -}}
{{- .Values.webhook.tls.existingSecret | default (printf "%s-tls" (include "certgate.webhook" .)) -}}
{{- end -}}

{{/* Policy and trust, as arguments of webhook and scan. */}}
{{- define "certgate.judging" -}}
- --policy
- {{ if .Values.policy.configMap }}/etc/certgate/policy/{{ .Values.policy.key }}{{ else }}{{ .Values.policy.name | quote }}{{ end }}
{{- if not (or .Values.trust.stores .Values.trust.configMap) }}
{{- fail "trust: name a ConfigMap with your CAs (trust.configMap), or a store that comes with certgate (trust.stores)" }}
{{- end }}
{{- range .Values.trust.stores }}
- --trust
- {{ . | quote }}
{{- end }}
{{- if .Values.trust.configMap }}
{{- range .Values.trust.keys }}
- --trust
- {{ printf "/etc/certgate/trust/%s" . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "certgate.mounts" -}}
{{- if .Values.policy.configMap }}
- name: policy
  mountPath: /etc/certgate/policy
  readOnly: true
{{- end }}
{{- if .Values.trust.configMap }}
- name: trust
  mountPath: /etc/certgate/trust
  readOnly: true
{{- end }}
- name: scratch
  mountPath: /tmp
{{- end -}}

{{- define "certgate.volumes" -}}
{{- if .Values.policy.configMap }}
- name: policy
  configMap:
    name: {{ .Values.policy.configMap }}
{{- end }}
{{- if .Values.trust.configMap }}
- name: trust
  configMap:
    name: {{ .Values.trust.configMap }}
{{- end }}
- name: scratch
  emptyDir: {}
{{- end -}}

{{- define "certgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "certgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
