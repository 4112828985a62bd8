"""People and what they may do: roles, thresholds, approvals, rotated keys."""

from __future__ import annotations

from attack_case import Attack, Harm, pull
from attack_ground import MAIN, Ground, roles, trusted
from workshop import V1, V2

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.trust import FormerEntry, Permission, Role, SignerEntry

ROW = "role"
TWO = Permission(by=["ada", "bob"], threshold=2)
ADA, BOB = "ada@example.com", "bob@example.com"
ONE_ONLY = "takes 2 people, and these signed: ada"


def _bob_releases(ground: Ground) -> None:
    ground.release(ground.statement(), "bob")


def _bob_assigns(ground: Ground) -> None:
    ground.release(ground.assignment(V1, 3), "bob")


def _ada_releases_fraud(ground: Ground) -> None:
    ground.release(ground.statement(model="fraud"), "ada")


def _no_role(ground: Ground) -> None:
    ground.next_root(roles=roles(roles={"fraud": roles().roles["fraud"]}))


def _no_person(ground: Ground) -> None:
    """Mallory's key is allowed, and she is nobody in roles.yaml."""
    ground.next_root(signers={ADA: ("ada",), BOB: ("bob",), "mallory@example.com": ("mallory",)})
    ground.release(ground.statement(), "mallory")


def _stage_of_another(ground: Ground) -> None:
    """Ada may assign staging, and nobody production."""
    adas = Permission(by=["ada"])
    ground.next_root(roles=roles(roles={"default": Role(release=adas, assign={"staging": adas})}))


def with_two(approve: Harm | None = None, **people: SignerEntry) -> Harm:
    """From now on it takes Ada and Bob; what Ada signed alone is there, and one approval more."""

    def harm(ground: Ground) -> None:
        both = {"default": Role(release=TWO, assign=TWO)}
        ground.next_root(roles=roles(roles=both, people={**roles().people, **people}))
        ground.release(ground.statement())
        if approve:
            approve(ground)

    return harm


def _approval(person: str, key: str, email: str, **how: str) -> Harm:
    def harm(ground: Ground) -> None:
        ground.approve(ground.statement(), person, key, email, **how)

    return harm


def _approved_elsewhere(ground: Ground) -> None:
    """Bob approved the same statement on a commit that he looked at, and Ada signed another."""
    ground.approve(ground.statement(), "bob", "bob", BOB, commit=ground.tip(f"{MAIN}~1"))


def _approved_other(ground: Ground) -> None:
    """Bob approved 1.1.0; his approval is put beside 1.0.0."""
    made = ground.approve(ground.statement(V2), "bob", "bob", BOB)
    ground.point(layout.approve_tag("churn", ground.statement().approval_id, "bob"), made)


def _approved_retirement(ground: Ground) -> None:
    """Bob approved that 1.0.0 is retired; the approval is put beside its release, under the release's name."""
    ref = layout.approve_tag("churn", ground.statement().approval_id, "bob")
    ground.shop.tag(ground.statement(action="retire").approval(), ref=ref, key="bob")


def _approval_unsigned(ground: Ground) -> None:
    ground.point(layout.approve_tag("churn", ground.statement().approval_id, "bob"), ground.tip())


def _approved_by_statement(ground: Ground) -> None:
    """`Approved-By` is what a forge reported to Ada, and no signature of Bob's."""
    ground.release(ground.statement(approved_by=("bob",)))


def _machines(ground: Ground) -> None:
    people = {name: SignerEntry(principal=f"{name}@example.com", machine=True) for name in ("ada", "bob")}
    with_two(_approval("bob", "bob", BOB), **people)(ground)


def _approved_for_an_earlier_assignment(ground: Ground) -> None:
    """Bob approved 1.0.0 in production once, as assignment 1; Ada rolls back to it alone, as assignment 3."""
    with_two()(ground)
    ground.approve(ground.assignment(V1, 1), "bob", "bob", BOB)
    ground.release(ground.assignment(V1, 3))


def _one_other_key_of_two(kind: str, digest: str) -> Harm:
    """The roles give one OpenPGP key, or one certificate, to two people: whoever has it would be both."""

    def harm(ground: Ground) -> None:
        text = write(roles()).decode()
        for name in ("ada", "bob"):
            line = f"principal: {name}@example.com"
            assert line in text
            text = text.replace(line, f"{line}\n    {kind}: '{digest}'")
        ground.signed_files({places.ROLES: text.encode()})

    return harm


def _rotated(root: int) -> Harm:
    """Ada's laptop was rotated out after root 1; it signs once more, what the host shows as of some root."""

    def harm(ground: Ground) -> None:
        before = {path: ground.read(path) for path in (places.ROOT, places.ROLES)}
        fingerprint = ground.shop.key("laptop").public.fingerprint
        former = roles(former={"ada-1": FormerEntry(key=fingerprint, until_root=1)})
        files = ground.shop.next_root(trusted(version=2, roles=former))
        ground.commit(files)
        if root == 1:
            ground.commit(before)
        ground.release(ground.statement(), "laptop", email=ADA)
        ground.commit(files)

    return harm


ATTACKS = [
    Attack(ROW, "a signer of another model", "signer", _bob_releases, "role", "bob may not release churn", git="accepts",
           process=True),
    Attack(ROW, "the default signer, for a model with signers of its own", "signer", _ada_releases_fraud, "role",
           "ada may not release fraud", pull("fraud@1.0.0"), git="accepts", tag="model/fraud/v1.0.0"),
    Attack(ROW, "an assignment by a signer of another model", "signer", _bob_assigns, "stage", "bob may not assign churn",
           pull("churn@production"), git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "a stage that nobody may assign", "signer", _stage_of_another, "stage", "ada may not assign churn to production",
           pull("churn@production"), git="accepts", tag="stage/churn/production/2"),
    Attack(ROW, "a model without a role", "signer", _no_role, "role", "ada may not release churn", git="accepts"),
    Attack(ROW, "a signer who is nobody among the people", "signer", _no_person, "role", "is 0 people", git="accepts"),
    Attack(ROW, "one person where it takes two", "key thief", with_two(), "role", ONE_ONLY, git="accepts"),
    Attack(ROW, "one person with two keys, the second approving", "key thief", with_two(_approval("ada", "laptop", ADA)),
           "role", ONE_ONLY, git="accepts"),
    Attack(ROW, "one person with two keys, approving in another's name", "key thief",
           with_two(_approval("bob", "laptop", ADA)), "role", "in another's name", git="accepts"),
    Attack(ROW, "an approval by one's own key under another's address", "key thief", with_two(_approval("bob", "laptop", BOB)),
           "role", "is not an allowed key of bob@example.com", git="accepts"),
    Attack(ROW, "an approval by a stranger", "developer", with_two(_approval("bob", "mallory", BOB)), "role",
           "is not an allowed key of bob@example.com", git="accepts"),
    Attack(ROW, "an approval that nobody signed", "developer", with_two(_approval_unsigned), "role", "counts for nothing",
           git="accepts"),
    Attack(ROW, "an approval of another commit", "signer", with_two(_approved_elsewhere), "role", "it approves commit",
           git="accepts"),
    Attack(ROW, "an approval of another version", "Git host", with_two(_approved_other), "role", "was signed as",
           git="accepts"),
    Attack(ROW, "an approval of a retirement beside a release", "signer", with_two(_approved_retirement), "role",
           "belongs to refs/tags/approve/", git="accepts"),
    Attack(ROW, "an approval of an earlier assignment", "signer", _approved_for_an_earlier_assignment, "stage", ONE_ONLY,
           pull("churn@production"), git="accepts", tag="stage/churn/production/3"),
    Attack(ROW, "an approval that the forge reported", "Git host", with_two(_approved_by_statement), "role", ONE_ONLY,
           git="accepts"),
    Attack(ROW, "one OpenPGP key of two people", "root key holder", _one_other_key_of_two("openpgp", "A" * 40), "root",
           "ada and bob have one key", git="accepts"),
    Attack(ROW, "one certificate of two people", "root key holder", _one_other_key_of_two("x509", "a" * 64), "root",
           "ada and bob have one key", git="accepts"),
    Attack(ROW, "machines alone where it takes two", "earlier job", _machines, "role", "only machines signed", git="accepts"),
    Attack(ROW, "a rotated key for a new commit", "key thief", _rotated(2), "role", "was rotated", git="accepts"),
    Attack(ROW, "a rotated key for a commit with the old root put back", "key thief", _rotated(1), "role", "was rotated",
           git="accepts"),
]  # fmt: skip
