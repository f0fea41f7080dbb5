"""What to do about each name of the catalogue: one sentence that the reader can act on."""

ADVICE: dict[str, str] = {
    # WHAT A USER OF JAILS DOES
    "dying-jid-reused": "Reuse the jid at once, without waiting for the dying jail, and keep track "
    "of the dying one by its name, for its jid has changed.",
    "dying-name-reused": "Leave JAIL_DYING out: on the new kernel it does nothing, and a name that "
    "only a dying jail has is free.",
    "foreign-dying-jail-renumbered": "Find a dying jail by its name, not by its jid, while a jail "
    "whose root you do not trust may create jails (children.max above 0).",
    "resurrected-with-stale-parameters": "On the old kernel wait until jls -d no longer shows the "
    "dying jail before you create it again, or pass every parameter that you rely on.",
    "resurrection-withdrawn": "Create a new jail instead of updating the removed one, and give it "
    "all its parameters again.",
    "alive-without-references": "On the old kernel pass persist or JAIL_ATTACH with every update "
    "that has JAIL_DYING.",
    "name-wins-over-dying-jid": "Compare the jid that the update returns with the one you asked "
    "for, or pass the name alone.",
    "dying-reads-not-found": "Take ENOENT for gone, whatever its text says, and ask jail_get with "
    "JAIL_DYING where you must know of a dying jail.",
    "dying-no-longer-refuses": "Mend what the new error names: to wait for the dying jail no "
    "longer helps.",
    "failed-create-renumbers": "After a create that failed look for the dying jail by its name, "
    "not by its jid; and check the parameters before you call.",
    "failed-create-uses-jid": "Read the jid that a successful create returns; do not guess which "
    "is next.",
    "false-no-jid-left": "Call again when EAGAIN comes though jids are free: the second attempt "
    "works.",
    "nested-update-exceeds-parent": "Update a nested jail by its full name alone, without its jid, "
    "and compare its limits with those of its parent.",
    "nested-rename-ignores-sibling": "Rename a nested jail from inside its parent, or look first "
    "whether a sibling has the name.",
    "nested-rename-loses-parent": "Rename a nested jail only from inside its parent.",
    "nested-update-wrong-value": "Update a nested jail by its full name alone, without its jid, or "
    "read the value back with jail_get.",
    "nested-update-refused": "Update a nested jail by its full name alone, without its jid.",
    "empty-alive-jail-panic": "On the old kernel pass persist or JAIL_ATTACH with every update "
    "that has JAIL_DYING: a jail that is alive with nothing in it stops the system later.",
    "lost-parent-panic": "Rename a nested jail only from inside its parent: one look at the lost "
    "name stops the system.",
    "garbled-name-panic": "Do not rename a jail that has jails below it; create it anew under the "
    "new name.",
    "fork-survives-removal": "On the old kernel let every process of a removed jail end before you "
    "bring that jail back to life.",
    "retried-update-meets-new-jail": "Drop the second attempt with JAIL_DYING: on the new kernel "
    "the first create has already made the jail.",
    # WHAT WHOEVER MENDS A KERNEL DOES
    "refs-accounted": "Look in this call for a reference (pr_ref) that is taken and not given "
    "back.",
    "urefs-accounted": "Look in this call for a user reference (pr_uref) that is taken and not "
    "given back.",
    "creds-accounted": "Look in this call for a credential that is held and not let go.",
    "holders-counted": "Look in this call for a reference that is given back twice, or for a "
    "holder that takes none.",
    "alive-is-held": "Make the call that sets the jail alive take a user reference first.",
    "dying-gave-up-persist": "Make the call that ends the jail clear persist and give its "
    "references back.",
    "alive-below-alive": "Look at the parent before a jail is made alive, and take a jail's "
    "children down before it dies.",
    "existing-is-held": "Look in this call for a reference given back twice.",
    "jids-ascend": "Make the call put the jail at the place in the list that its jid asks for.",
    "jids-unique": "Look in this call for a jid that is given to a jail without a search for a "
    "free one.",
    "counts-true": "Make the call add to children.cur of every jail above, or take from it, once "
    "for each jail that comes or goes.",
    "live-names-unique": "Compare the new name with those of the jail's own siblings before it is "
    "set.",
    "names-extend-parents": "Put the new name together from the name of the jail's own parent.",
    "names-fit": "Check the length of the whole name, for this jail and for all below it, before "
    "any is written.",
    "paths-kept": "Check the length of the whole name before it is written: the path lies behind "
    "it in memory.",
    "within-parent": "Compare the new limits with those of the jail's own parent before they are "
    "set.",
    "addresses-within-parent": "Compare the new addresses with those of the jail's own parent "
    "before they are set.",
    "nothing-left-behind": "Look for a reference that is never given back, or for a panic in the "
    "removal of what is left.",
    # WHAT WHOEVER RUNS JAILDIFF DOES
    "unexplained": "Shorten the program with jaildiff minimize, look the call up in both kernels, "
    "and write a rule for it or mend the model.",
    "answers-as-written": "Let jaildiff run --rewrite write down what is answered now, and commit "
    "it only if you understand the difference.",
    "baseline-holds": "Take the entry out of the baseline if it is mended, or look into it again "
    "and write down what you found.",
}
