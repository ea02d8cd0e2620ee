"""Who is in the demo, what they do again and again, how they sign in, and the access policy of their company."""

from __future__ import annotations

from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

POLICY = """\
version: 1
rules:
- name: payments in production
  when: {projects: ["*-prod"], folders: ["folders/30"]}
  require:
    duration: {max: 2h, default: 30m}
    ticket: {label: Incident, pattern: "INC-[0-9]+", url: "https://tickets.example.com/{ticket}"}
    approval:
      stages:
      - {from: ["group:payments-leads@example.com"], count: 2}
      - {from: ["group:security@example.com"], count: 1}
      answer_within: 3d
      remind_after: 30m
      escalate: {after: 4h, to: ["group:jit-admins@example.com"]}
  break_glass:
    who: ["group:payments@example.com"]
    review_by: ["group:security@example.com", "group:jit-reviewers@example.com"]
    review_within: 3d
- name: data in Asia
  when: {folders: ["folders/31"]}
  require:
    duration: {max: 2h, default: 1h}
    justification: {pattern: ".{8,}", hint: "What for, in at least 8 characters"}
"""
PEOPLE = (
    *("alice", "bob", "carol", "frank", "grace", "dave", "maria", "juergen.mueller", "zoe.lefevre"),
    *("soren.ostergaard", "sakura.tanaka", "li.wei", "minji.kim", "ines.garcia", "olga", "audrey"),
)
OWN = (
    ("alice", "shop-prod", "roles/run.admin", "CASE-{n} checkout answers slowly"),
    ("alice", "shop-prod", "roles/logging.admin", "CASE-{n} find the failed payments"),
    ("alice", "example.com:legacy-crm", "roles/cloudsql.admin", "CASE-{n} restore a customer"),
    # Not on shop-prod, where Bob holds a role from the start, which an end in the past would end, too.
    ("bob", "soporte-chat", "roles/logging.admin", "CASE-{n} read the log of the chat"),
    ("frank", "data-lake", "roles/bigquery.dataEditor", "CASE-{n} correct the import"),
    ("sakura.tanaka", "tokyo-data-prod", "roles/bigquery.admin", "夜間バッチ {n} の再実行"),
    ("sakura.tanaka", "osaka-backup", "roles/bigquery.admin", "バックアップ {n} の確認作業"),
    ("li.wei", "shanghai-logs", "roles/container.admin", "升级日志集群，工单 {n}"),
    ("minji.kim", "soporte-chat", "roles/logging.admin", "고객 문의 {n} 로그 확인"),
    ("ines.garcia", "zahlung-test", "roles/run.admin", "Prueba {n} de la nueva versión"),
    ("juergen.mueller", "kasse-test", "roles/run.admin", "Abnahme {n}: Rückbuchung prüfen"),
)


def sign_in(front_door: str, email: str) -> None:
    """Open a page as this person, so that the application knows them."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    form = urlencode({"email": email}).encode()
    opener.open(f"{front_door}/_gcp_iap/sign_in", form, timeout=30).close()
    opener.open(f"{front_door}/activity", timeout=30).close()
