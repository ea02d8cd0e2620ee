"""The company of the demo: the seeded one, and a group of companies around it with names in many scripts."""

from simulator.company import Company
from simulator.seed import example_company
from simulator.seed_bindings import JIT, MPA

PEOPLE = (
    ("juergen.mueller", "Jürgen Müller, Zürich: payments, approves production access"),
    ("zoe.lefevre", "Zoë Lefèvre, Genève: payments, approves production access"),
    ("soren.ostergaard", "Søren Østergård, Århus: security, approves last"),
    ("sakura.tanaka", "田中さくら、東京: data platform, on call at night"),
    ("li.wei", "李伟，上海: data platform"),
    ("minji.kim", "김민지, 서울: support, activates roles for short times"),
    ("ines.garcia", "Inés García Núñez, Sevilla: new in payments"),
)
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "payments@example.com",
        ("juergen.mueller@example.com", "zoe.lefevre@example.com", "ines.garcia@example.com"),
    ),
    (
        "payments-leads@example.com",
        ("juergen.mueller@example.com", "zoe.lefevre@example.com", "maria@example.com"),
    ),
    ("security@example.com", ("soren.ostergaard@example.com", "grace@example.com")),
    ("data-apac@example.com", ("sakura.tanaka@example.com", "li.wei@example.com")),
    ("night-shift@example.com", ("sakura.tanaka@example.com", "alice@example.com")),
    ("support@example.com", ("minji.kim@example.com", "bob@example.com")),
)
FOLDERS = (
    ("30", "organizations/7", "Zahlungsverkehr"),
    ("31", "organizations/7", "アジア太平洋"),
    ("32", "organizations/7", "Atención al cliente"),
)
PAYMENTS = (
    ("zahlung-prod", "Zahlungsverkehr (Produktion)"),
    ("zahlung-test", "Zahlungsverkehr (Abnahme)"),
    ("kasse-prod", "Kassenbücher (Produktion)"),
    ("kasse-test", "Kassenbücher (Abnahme)"),
    ("rechnung-prod", "Rechnungsprüfung (Produktion)"),
    ("rechnung-test", "Rechnungsprüfung (Abnahme)"),
    ("betrug-prod", "Betrugserkennung Zürich"),
    ("loehne-prod", "Löhne & Gehälter"),
    ("virement-prod", "Virements européens"),
)
ASIA = (
    ("tokyo-data-prod", "東京データ基盤（本番）"),
    ("tokyo-data-dev", "東京データ基盤（開発）"),
    ("tokyo-search", "検索サービス"),
    ("osaka-backup", "大阪バックアップ"),
    ("shanghai-logs", "上海日志中心"),
    ("shanghai-shop", "上海商城"),
    ("seoul-games", "서울 게임 서버"),
    ("seoul-analytics", "서울 데이터 분석"),
)
SUPPORT = (
    ("soporte-chat", "Soporte por chat"),
    ("soporte-voz", "Soporte por teléfono"),
    ("hjaelp-noter", "Hjælp og nøgler"),
    ("pomoc-online", "Pomoc – łączność"),
    ("crm-emea", "CRM Europe"),
    ("crm-americas", "CRM Américas"),
    ("status-pages", "Status pages"),
)


def demo_company(now: float | None = None) -> Company:
    """Return the seeded company with seven more people and 24 more projects, thirty in all."""
    company = example_company(now)
    for name, about in PEOPLE:
        company.add_user(f"{name}@example.com", about)
    for email, members in GROUPS:
        company.add_group(email, members)
    for number, parent, display_name in FOLDERS:
        company.add_folder(number, parent=parent, display_name=display_name)
    for folder, projects in (("30", PAYMENTS), ("31", ASIA), ("32", SUPPORT)):
        for project_id, display_name in projects:
            company.add_project(project_id, parent=f"folders/{folder}", display_name=display_name)
    _bind(company)
    return company


def _bind(company: Company) -> None:
    payments, data = "group:payments@example.com", "group:data-apac@example.com"
    company.bind("folders/30", "roles/logging.viewer", payments, JIT)
    for project_id, _ in PAYMENTS:
        company.bind(project_id, "roles/cloudsql.admin", payments, MPA)
        company.bind(project_id, "roles/run.admin", payments, JIT)
    company.bind("folders/31", "roles/bigquery.admin", data, JIT)
    company.bind("folders/31", "roles/iam.securityReviewer", "group:night-shift@example.com", JIT)
    for project_id in ("tokyo-data-prod", "shanghai-logs", "seoul-games"):
        company.bind(project_id, "roles/compute.admin", "group:night-shift@example.com", MPA)
        company.bind(project_id, "roles/container.admin", data, JIT)
    company.bind("folders/32", "roles/logging.admin", "group:support@example.com", JIT)
    company.bind("crm-emea", "roles/cloudsql.client", "group:support@example.com", MPA)
