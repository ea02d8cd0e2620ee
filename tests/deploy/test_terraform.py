"""The modules parse, with or without Terraform, and every name in them can be resolved."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import name_of
from tests.architecture.test_configuration_page import rows
from tests.deploy.terraform import MODULES, Module, bare, module_in, modules

FILES = sorted(MODULES.rglob("*.tf"))
TERRAFORM = shutil.which("terraform")
META_ARGUMENTS = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


def each_module() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)


def test_there_is_a_module_and_an_example_for_each_purpose() -> None:
    names = {module.folder.relative_to(MODULES).as_posix() for module in modules()}
    assert names == {
        "foundation",
        "monitoring",
        "eligible-roles",
        "appengine",
        "cloudrun",
        "examples/appengine",
        "examples/cloudrun",
        "examples/eligible-roles",
    }


@each_module()
def test_every_variable_and_output_is_described_and_typed(module: Module) -> None:
    for name, body in module.labelled("variable").items():
        assert bare(body["description"]), name
        assert body["type"], name
    for name, body in module.labelled("output").items():
        assert bare(body["description"]), name


@each_module()
def test_variables_are_those_that_are_used(module: Module) -> None:
    assert module.references("var") == set(module.labelled("variable"))


@each_module()
def test_locals_are_those_that_are_used(module: Module) -> None:
    assert module.references("local") == module.locals


@each_module()
def test_every_resource_that_is_named_exists(module: Module) -> None:
    assert module.resource_references() - module.resources == set()


@each_module()
def test_modules_are_called_with_their_variables_and_outputs(
    module: Module,
) -> None:
    for name, call in module.labelled("module").items():
        called = module_in((module.folder / bare(call["source"])).resolve())
        given = set(call) - META_ARGUMENTS - {"__is_block__"}
        variables = called.labelled("variable")
        required = {v for v, body in variables.items() if "default" not in body}
        assert given - set(variables) == set(), name
        assert required - given == set(), name
        asked = {output for whom, output in module.module_outputs_used() if whom == name}
        assert asked - set(called.labelled("output")) == set(), name


@each_module()
def test_secrets_stay_out_of_what_terraform_prints(module: Module) -> None:
    secret = re.compile(r"random_password|database_url$")
    shown = [
        name
        for name, body in module.labelled("output").items()
        if secret.search(str(body["value"]).rstrip("}")) and body.get("sensitive") is not True
    ]
    assert shown == []


@each_module()
def test_the_application_is_given_only_variables_that_it_knows(module: Module) -> None:
    given = set(re.findall(r"^\s+([A-Z][A-Z_]{3,})\s+=", module.text, re.MULTILINE))
    assert given - set(rows()) == set()


def test_the_account_gets_these_roles_and_no_others() -> None:
    """Least privilege: every additional role needs a reason here."""
    foundation = next(module for module in modules() if module.folder.name == "foundation")
    assert set(re.findall(r'"(roles/[\w.]+)"', foundation.text)) == {
        "roles/cloudasset.viewer",  # reads policies
        "roles/iam.roleViewer",  # reads custom roles
        "roles/resourcemanager.projectIamAdmin",  # grants
        "roles/iam.serviceAccountTokenCreator",  # on itself, for the Directory API
        "roles/cloudsql.client",
        "roles/cloudsql.instanceUser",  # with database_iam_login only
        "roles/secretmanager.secretAccessor",  # on its secrets only
        "roles/pubsub.publisher",  # on its topic only
    }


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("foundation", "google_project_service.used"),
        ("appengine", "module.foundation"),
        ("cloudrun", "module.foundation"),
    ],
)
def test_nothing_is_asked_of_an_api_before_it_is_enabled(name: str, first: str) -> None:
    module = module_in(MODULES / name)
    resources = {address for address in module.bodies if address.startswith("google_")} - {first}
    assert resources
    assert {address for address in resources if first not in module.waits_for(address)} == set()


def test_the_proxys_account_is_created_before_it_is_granted_access() -> None:
    """A new project does not have the account, and IAM refuses members that do not exist."""
    module = module_in(MODULES / "cloudrun")
    identity = "google_project_service_identity.proxy"
    assert identity in module.waits_for("google_cloud_run_v2_service_iam_member.proxy")
    assert re.search(r'"proxy" \{\s+provider = google-beta\n', module.text)
    assert '"hashicorp/google-beta"' in module.text


def test_the_limit_of_what_can_be_granted_is_googles_attribute() -> None:
    foundation = next(module for module in modules() if module.folder.name == "foundation")
    assert (
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly("
        in foundation.text
    )
    assert foundation.text.count("for_each = local.is_limited ? [local.only_these] : []") == 3


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_hold_no_tabs_and_no_blanks_at_the_end_of_a_line(path: Path) -> None:
    text = path.read_text()
    assert text.endswith("}\n")
    assert not re.search(r"\t|[ ]+$", text, re.MULTILINE)


@pytest.mark.skipif(TERRAFORM is None, reason="only Terraform itself knows its format")
def test_files_are_formatted_as_terraform_formats_them() -> None:
    command = [str(TERRAFORM), "fmt", "-check", "-diff", "-recursive", str(MODULES)]
    result = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def test_a_network_replaces_the_public_address_and_the_socket() -> None:
    """Cloud SQL's socket needs a public address; a private one is reached through the network, with TLS."""
    foundation, service = module_in(MODULES / "foundation"), module_in(MODULES / "cloudrun")
    assert "ipv4_enabled    = !local.is_private" in foundation.text
    assert "private_ip_address}/jitaccess?sslmode=require" in foundation.text
    database = "google_sql_database_instance.history"
    assert "google_service_networking_connection.database" in foundation.waits_for(database)
    for resource in ("google_cloud_run_v2_service", "google_cloud_run_v2_job"):
        body = service.bodies[f"{resource}.application"]
        assert "local.networks" in body
        assert "PRIVATE_RANGES_ONLY" in body
        assert body.count("local.sockets") == 2


def test_with_iam_login_no_password_is_in_the_database_url() -> None:
    foundation = module_in(MODULES / "foundation")
    assert (
        "var.database_iam_login ? urlencode(local.database_account) : "
        '"jitaccess:${random_password.database.result}"'
    ) in foundation.text
    assert 'trimsuffix(google_service_account.application.email, ".gserviceaccount.com")' in (
        foundation.text
    )
    assert 'DATABASE_IAM_LOGIN = "true"' in module_in(MODULES / "cloudrun").text
