"""The strict reader of releases.yaml, and the facts that we ship."""

import pytest

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.catalogue.releases import COMPONENTS, RELEASE_SETS, ReleaseSet, parse, software
from watchkeeper.workload.failure import MistakesFound
from watchkeeper.workload.software import DistributionPackage, Image, OnPath, OwnPackage, ReleaseArchive

DIGEST = "ab" * 32

GOOD = f"""\
name: thing
main: thing
licence: Apache-2.0
homepage: https://example.org
on_path:
  names: [thing, distro-thing]
distribution_package:
  packages: [distro-thing]
  binaries: {{thing: usr/bin/distro-thing}}
  relocate: [/usr/share/thing]
release_archive:
  url: https://example.org/v{{version}}/thing-{{version}}.{{platform}}.tar.gz
  binaries:
    thing: thing-{{version}}.{{platform}}/thing
image: example.org/thing:v{{version}}
releases:
  seed:
    version: 1.2.3
    at_least: 1.0.0
    below: 2.0.0
    sha256:
      linux-amd64: {DIGEST}
  current:
    version: 2.1.0
    sha256:
      linux-amd64: {DIGEST}
      linux-arm64: {DIGEST}
"""


def mistakes(text: str, releases: ReleaseSet = "seed") -> list[tuple[int, int, str]]:
    with pytest.raises(MistakesFound) as caught:
        parse(text, file="thing/releases.yaml", releases=releases)
    assert all(m.message.startswith("cannot ") for m in caught.value.mistakes)
    return [(m.line, m.column, m.kind) for m in caught.value.mistakes]


def test_sources_come_in_order_of_preference_with_the_versions_of_the_set() -> None:
    on_path, package, archive, image = parse(GOOD, file="f", releases="seed").sources
    assert on_path == OnPath(names=("thing", "distro-thing"), at_least="1.0.0", below="2.0.0")
    assert package == DistributionPackage(
        packages=("distro-thing",),
        binaries={"thing": "usr/bin/distro-thing"},
        at_least="1.0.0",
        below="2.0.0",
        relocate=("/usr/share/thing",),
    )
    assert archive == ReleaseArchive(
        platform="linux-amd64",
        version="1.2.3",
        url="https://example.org/v1.2.3/thing-1.2.3.linux-amd64.tar.gz",
        sha256=DIGEST,
        binaries={"thing": "thing-1.2.3.linux-amd64/thing"},
    )
    assert image == Image(reference="example.org/thing:v1.2.3")


def test_a_set_with_two_digests_gives_two_archives_without_bounds() -> None:
    sources = parse(GOOD, file="f", releases="current").sources
    assert [s.platform for s in sources if isinstance(s, ReleaseArchive)] == ["linux-amd64", "linux-arm64"]
    assert all(s.at_least == s.below == "" for s in sources if isinstance(s, OnPath | DistributionPackage))


def test_an_own_package_needs_no_releases() -> None:
    text = "name: store\nmain: watchkeeper_store\nlicence: Apache-2.0\nown_package:\n  module: watchkeeper_store\n"
    assert parse(text, file="f", releases="seed").sources == (OwnPackage(module="watchkeeper_store"),)


def test_an_unknown_key_is_refused_with_its_place() -> None:
    assert mistakes(GOOD.replace("homepage:", "hompage:")) == [(4, 1, "unknown-key")]
    assert mistakes(GOOD.replace("  relocate:", "  relocat:")) == [(10, 3, "unknown-key")]


def test_a_missing_digest_is_refused_even_in_the_set_that_was_not_asked_for() -> None:
    without = GOOD[: GOOD.rindex("    sha256:")]
    assert mistakes(without, "seed") == [(24, 5, "missing-key")]
    assert mistakes(without, "current") == [(24, 5, "missing-key")]


def test_a_digest_of_the_wrong_shape_is_refused() -> None:
    assert mistakes(GOOD.replace(DIGEST, "abc", 1)) == [(22, 20, "unknown-value")]


def test_all_mistakes_are_reported_together() -> None:
    text = GOOD.replace("version: 1.2.3", "version: latest").replace("[distro-thing]", "distro-thing")
    assert mistakes(text) == [(8, 13, "wrong-type"), (18, 14, "unknown-value")]


def test_an_address_without_tls_is_refused() -> None:
    assert mistakes(GOOD.replace("url: https:", "url: http:")) == [(12, 8, "bad-url")]


def test_a_missing_release_set_is_refused() -> None:
    assert (17, 3, "missing-key") in mistakes(GOOD.replace("  current:", "  newest:"))


def test_a_pattern_without_a_group_is_refused() -> None:
    text = GOOD.replace("  names:", "  version_pattern: version\n  names:")
    assert mistakes(text) == [(6, 20, "bad-regex")]


@pytest.mark.parametrize("text", ["", "a: [", "- list\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert mistakes(text)


@pytest.mark.parametrize("releases", RELEASE_SETS)
def test_every_component_that_ships_facts_reads_without_a_mistake(releases: ReleaseSet) -> None:
    found = software(releases)
    assert tuple(found) == COMPONENTS
    assert all(found[name].name == name for name in COMPONENTS)


def test_facts_are_only_shipped_for_components_of_the_catalogue() -> None:
    assert set(COMPONENTS) <= set(CATALOGUE)


@pytest.mark.parametrize("releases", RELEASE_SETS)
def test_every_upstream_program_has_all_four_kinds_of_source(releases: ReleaseSet) -> None:
    for name in ("prometheus", "alertmanager", "node_exporter", "blackbox_exporter"):
        program = software(releases)[name]
        kinds = [type(source) for source in program.sources]
        assert kinds == [OnPath, DistributionPackage, ReleaseArchive, ReleaseArchive, Image]
        for source in program.sources:
            if isinstance(source, DistributionPackage | ReleaseArchive):
                assert program.main in source.binaries
            if isinstance(source, ReleaseArchive):
                assert source.version in source.url
                assert source.platform in source.url
                assert "{" not in source.url + "".join(source.binaries.values())
