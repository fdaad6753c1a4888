"""The gate for crates: rocrate-validator without network, and no check skipped.

A validator that cannot get a context skips the checks that need it and says that all is well: what counts is that it
passed and that nothing was skipped. Its cache is filled beforehand with the contexts of RO-Crate and of run crates.
Run as a program it judges many crates in one process, which takes 2 s to start and a third of a second a crate.
"""

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RUN_TERMS = "https://w3id.org/ro/terms/workflow-run"
RUN_NAMES = (
    *("ParameterConnection", "ContainerImage", "DockerImage", "SIFImage", "connection", "sourceParameter"),
    *("targetParameter", "md5", "sha1", "sha256", "sha512", "environment", "registry", "tag"),
    *("containerImage", "resourceUsage"),
)
"""All terms of the context of run crates."""


@dataclass(frozen=True)
class Verdict:
    """What the validator said of one crate."""

    passed: bool
    skipped: int
    findings: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the gate lets it through."""
        return self.passed and not self.skipped


def contexts(suites: Path | None) -> dict[str, bytes]:
    """Give the contexts by their addresses: RO-Crate 1.1's own where it is at hand, else that of the package rocrate.

    The latter is 1.3's, which has all terms of 1.1 and some more; a test of the crates' terms sees to those.
    """
    run = json.dumps({"@context": {name: f"{RUN_TERMS}#{name}" for name in RUN_NAMES}}).encode()
    if suites is not None:
        crate = (suites / "rocrate-contexts/ro-crate-1.1-context.jsonld").read_bytes()
    else:
        from importlib.resources import files

        crate = (files("rocrate") / "data/ro-crate.jsonld").read_bytes()
    return {"https://w3id.org/ro/crate/1.1/context": crate, RUN_TERMS: run, f"{RUN_TERMS}/context": run}


def fill_cache(cache: Path, found: dict[str, bytes]) -> Path:
    """Fill the validator's cache as if the contexts had been fetched."""
    from requests.adapters import HTTPAdapter
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    class Local(HTTPAdapter):
        def send(self, request, **options):
            body = io.BytesIO(found[request.url])
            headers = {"Content-Type": "application/ld+json"}
            return self.build_response(request, HTTPResponse(body, headers, 200, preload_content=False))

    with CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Local())
        for address in found:
            session.get(address)
    return cache


def judge(cache: Path, profile: str, level: str, *crates: Path) -> list[Verdict]:
    """Judge crates by a profile, in one process of their own."""
    command = [sys.executable, __file__, cache, profile, level, *crates]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, timeout=300)
    # The validator has words of its own for the terminal.
    told = next(line for line in run.stdout.splitlines() if line.startswith("[{"))
    return [Verdict(one["passed"], one["skipped"], tuple(one["findings"])) for one in json.loads(told)]


def main(cache: str, profile: str, level: str, *crates: str) -> None:
    from rocrate_validator.services import validate

    verdicts = []
    for crate in crates:
        result = validate(
            {
                "rocrate_uri": crate,
                "profile_identifier": profile,
                "requirement_severity": level.upper(),
                "offline": True,
                "cache_path": cache,
            }
        )
        issues = [f"{issue.check.identifier}: {issue.message} ({issue.violatingEntity})" for issue in result.issues]
        verdicts.append({"passed": result.passed(), "skipped": len(result.skipped_checks), "findings": issues})
    print(json.dumps(verdicts))


if __name__ == "__main__":
    main(*sys.argv[1:])
