"""A case's events in words, for people: what happened, by whom, on what rule. No content, no names, no addresses."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Body = Mapping[str, Any]


def worded(kind: str, body: Body) -> str:
    """One sentence about one event; the kind itself, spelt out, for an event this version does not know."""
    say = _SAY.get(kind)
    try:
        return say(body) if say else kind.replace("_", " ")
    except (KeyError, TypeError, IndexError):
        return kind.replace("_", " ")  # stored by another version of the code


def actor(by: str) -> str:
    """Who decided: a reviewer, a rule, an operator."""
    family, _, name = by.partition(":")
    return {"rule": f"rule {name}", "operator": f"operator {name}", "appeal": f"appeal {name}"}.get(family, by)


def _report(body: Body) -> str:
    count = body.get("count", 1)
    source = {"notice": "notice", "trusted_flagger": "trusted flagger's notice"}.get(body["source"], "report")
    why = f" (no trusted flagger's: {body['not_trusted'].replace('_', ' ')})" if body.get("not_trusted") else ""
    return f"{source} of {body['area']}{why}" if count == 1 else f"{count} reports of {body['area']}"


def _counted(body: Body) -> str:
    counts = [f"{count['reports']} reports of {area}" for area, count in sorted(body["counts"].items())]
    return " and ".join(counts) or "no report"


def _signal(body: Body) -> str:
    scores = ", ".join(f"{label} {score:.2f}" for label, score in sorted(body["scores"].items()))
    return f"machine signal by {body['detector']}: {scores}"


def _asked(body: Body) -> str:
    ask = body["ask"]
    objection = f"; objection: {ask['objection']}" if ask.get("objection") else ""
    return f"{ask['reviewer']} asks by {ask['channel']}: {ask['outcome']} on {ask['matter']}{objection}"


def _evidence(body: Body) -> str:
    evidence = body["evidence"]
    deleted = ", deleted by its author" if evidence.get("deleted_by_author") else ""
    return f"evidence version {evidence['version']} captured from {evidence['origin']}{deleted}"


def _triaged(body: Body) -> str:
    answers = []
    for one in body["assessments"]:
        rule = one.get("rule_id") or "no rule"
        answers.append(f"{one.get('area', 'matter')} by {rule}")
    answers += [
        f"{one['what']} by {one['rule_id']} {_HELD_BACK[one['instead']]}: {_brake(one)}"
        for one in body.get("braked", ())
    ]
    return f"policy asked about version {body['evidence_version']}: {'; '.join(answers) or 'nothing to do'}"


_HELD_BACK: Final = {"review": "left to a person", "held": "held instead", "paged": "carried out, and paged"}


def _brake(braked: Body) -> str:
    of = f" {braked['name']}" if braked.get("name") else ""
    return f"{braked['reason']}{of}"


def _intervened(body: Body) -> str:
    done = {
        "retry": "has {} tried now",
        "skip": "leaves {} out: it has no effect, and nobody is told of one",
        "by_hand": "says that {} was done by hand",
        "resume": "has {} carried out after all",
    }[body["step"]]
    proof = f"; proof: {body['reference']}" if body.get("reference") else ""
    return f"operator {body['operator']} {done.format(body['order_id'])}{proof}"


def _decided(body: Body) -> str:
    decision = body["decision"]
    measures = ", ".join(_measure(one) for one in decision.get("enforcements") or ()) or "nothing ordered"
    rule = f", rule {decision['rule_id']}" if decision.get("rule_id") else ""
    return f"{decision['matter_id']} decided {decision['outcome']} by {actor(decision['by'])}{rule}: {measures}"


def _measure(request: Body) -> str:
    until = f" for {request['duration']}" if request.get("duration") else ""
    return f"{request['kind']} {request.get('target', 'subject')}{until}"


def _told(body: Body) -> str:
    failed = f", {body['undeliverable']} undeliverable" if body.get("undeliverable") else ""
    return f"notice {body['notice_id']} sent to {body['sent']}{failed}"


def _filed(body: Body) -> str:
    return f"filing {body['filing_id']} {'accepted' if body['accepted'] else 'refused'} by the public database"


def _vendor(body: Body) -> str:
    tried = ", ".join(f"{one['vendor']}: {one['why']}" for one in body["tried"])
    if not body["answered"]:
        return f"no vendor answered {body['consultation_id']} ({tried or 'every label was left out'})"
    said = ", ".join(f"{one['label']} {one['score']:.2f}" for one in body["results"] if one["score"] is not None)
    return f"{body['results'][0]['detector'].partition('/')[0]} answered {body['consultation_id']}: {said}"


def _second(body: Body) -> str:
    return f"second look by {body['by']}: {'agrees' if body['agrees'] else 'disagrees'} with {body['decision_id']}"


def _reversed(body: Body) -> str:
    kept = f", but for {', '.join(body['keep'])}" if body.get("keep") else ""
    return f"decision {body['decision_id']} taken back by {actor(body['by'])}{kept}"


def _withdrawn(body: Body) -> str:
    instead = f"; {body['replaced_by']} takes its place" if body.get("replaced_by") else ""
    return f"{body['by']} took their own {body['decision_id']} back{instead}"


def _bulk(body: Body) -> str:
    act = f"undo of {body['act']}" if body.get("undo") else body["act"]
    return f"{act} of {body['target']} by bulk {body['bulk_id']}, of {body['operator']} and {body['approver']}"


_SAY: Final[Mapping[str, Callable[[Body], str]]] = {
    "report_received": _report,
    "signal_received": _signal,
    "decision_received": _asked,
    "extension_received": lambda b: f"{b['operator']} asks to extend {b['clock_id']} until {b['due_at']}",
    "reversal_received": lambda b: f"{b['operator']} asks to take back {b['decision_id']}",
    "appeal_received": lambda b: f"appeal {b['appeal_id']} of {b['decision_id']} came in",
    "appeal_answered": lambda b: f"appeal {b['appeal_id']} answered {b['outcome']} by {actor(b['by'])}",
    "filing_answered": _filed,
    "authority_order_received": lambda b: f"an authority's order came in: {b['order']}, {b['reference']}",
    "order_change_received": lambda b: f"the desk notes of order {b['order_id']}: {b['change']}",
    "authority_order_changed": lambda b: f"order {b['order_id']} is {b['change'].replace('_', ' ')}",
    "authority_report_filed": lambda b: f"report on {b['matter_id']} filed by {b['operator']}, number {b['reference']}",
    "report_set_aside": lambda b: (
        f"report of {b['area']} set aside: its reporter's reports are not processed for a time"
    ),
    "reports_invalidated": lambda b: f"{actor(b['by'])} took the weight of {_counted(b)}",
    "reports_reinstated": lambda b: f"{_counted(b)} count again, by {actor(b['by'])}",
    "step_crossed": lambda b: (
        f"{b['crossing']['strikes']} strikes in {b['crossing']['area']}: a step of the ladder is reached"
    ),
    "responsibility_found": lambda b: f"found responsible with a community, as its {b['responsible']['part']}",
    "step_fell": lambda b: f"step {b['crossing_id']} falls: {b['source']['decision_id']} was taken back",
    "vendor_answered": _vendor,
    "message_refused": lambda b: f"{b['message_kind']} refused ({b['code']}): {b['problem']}",
    "evidence_captured": _evidence,
    "evidence_delayed": lambda b: "the platform does not give the subject out; it is asked on",
    "triaged": _triaged,
    "order_confirmed": lambda b: f"platform confirmed {b['order_id']} at version {b['target_version']} ({b['how']})",
    "intervention_received": lambda b: f"{b['operator']} asks to {b['step']} order {b['order_id']}",
    "order_intervened": _intervened,
    "bulk_act_received": lambda b: f"asked: {_bulk(b)}",
    "bulk_act_done": _bulk,
    "order_given_up": lambda b: (
        f"{b['order_id']} is not tried any more; an operator must see to it"
        + (f" by {b['due_at']}" if b.get("due_at") else "")
    ),
    "order_dropped": lambda b: f"{b['order_id']} is not waited for: {', '.join(b['measures'])} was taken back",
    "attachments_came": lambda b: f"{b['attachments']} of version {b['evidence_version']} came late, and are assessed",
    "order_overtaken": lambda b: f"{b['order_id']} is in force by a later order on its target",
    "order_stuck": lambda b: f"{b['order_id']} is stuck: the platform does not confirm; still tried",
    "order_voided": lambda b: f"{b['order_id']} void: {b['reason']}",
    "decision_proposed": lambda b: f"{_decided(b)}; waits for a second person",
    "decision_entered": lambda b: f"{_decided(b)}; takes effect {b['decision']['changeable_until']}",
    "decision_recorded": _decided,
    "decision_withdrawn": _withdrawn,
    "outcome_entered": lambda b: f"{b['ask']['reviewer']} found {b['ask']['outcome']}; takes effect {b['effect_at']}",
    "outcome_withdrawn": _withdrawn,
    "withdrawal_received": lambda b: f"{b['reviewer']} asks to take their own {b['decision_id']} back",
    "copy_decided": lambda b: f"an exact copy was decided {b['decision']['outcome']} in {b['source']['case_id']}",
    "copy_reversed": lambda b: f"the decision taken over from {b['source']['case_id']} was taken back there",
    "split_off": lambda b: f"went its own way from {b['campaign']}, with decision {b['decision']['decision_id']}",
    "members_joined": lambda b: f"{b['members']} take part now",
    "batch_done": lambda b: (
        f"{b['order_id']} {'stopped' if b['stopped'] else 'done'}: {b['confirmed']} members confirmed"
    ),
    "matter_adopted": lambda b: f"{b['matter']['matter_id']} taken over with the decision on an exact copy",
    "telling_set": lambda b: (
        f"{b['person']} is to be told: {b['telling']['stance'] if b['telling'] else 'as the pack says'}"
    ),
    "source_fell": lambda b: f"{b['source']['decision_id']} of {b['source']['case_id']} was taken back",
    "hold_released": lambda b: f"{b['hold']} lifted by {actor(b['by'])}",
    "hold_restored": lambda b: f"{b['matter_id']} is held again by {actor(b['by'])}",
    "copies_reached": lambda b: f"{b.get('reversal_id') or b['decision_id']} brought to {b['cases']} other cases",
    "account_case_opened": lambda b: f"the account's case heard of {b['area']}, by rule {b['rule_id']}",
    "campaign_found": lambda b: f"part of a campaign: {b['items']} contents of {b['accounts']} accounts ({b['how']})",
    "second_look_taken": _second,
    "told": _told,
    "receipts_sent": lambda b: f"receipts sent to {b['sent']}",
    "clock_warned": lambda b: f"{b['clock_id']}: {b['percent']} % of the time is gone",
    "clock_breached": lambda b: (
        f"{b['clock_id']}: deadline missed, what is owed is still owed"
        + (f"; noticed {b['late_seconds']} s late" if b["late_seconds"] else "")
    ),
    "clock_extended": lambda b: f"{b['clock_id']} extended until {b['due_at']} by {b['operator']}",
    "measure_expired": lambda b: f"measure {b['measure_id']} ended",
    "destruction_ordered": lambda b: f"what {b['measure_id']} removed is to be destroyed: nothing is in the way",
    "destruction_put_off": lambda b: (
        f"what {b['measure_id']} removed is kept until {b['until']} at least: {b['obstacle'].replace('_', ' ')}"
    ),
    "appeal_opened": lambda b: f"appeal {b['appeal_id']} of {b['decision_id']} is heard, due {b['due_at']}",
    "appeal_refused": lambda b: f"appeal {b['appeal_id']} is not heard: {b['reason'].replace('_', ' ')}",
    "appeal_closed": lambda b: f"appeal {b['appeal_id']} {b['outcome']} by {actor(b['by'])}",
    "decision_reversed": _reversed,
    "hearing_opened": lambda b: f"hearing of {b['decision_id']} opened, due {b['due_at']}",
    "appeal_decided": lambda b: f"appeal decided: {_asked(b)}",
}
