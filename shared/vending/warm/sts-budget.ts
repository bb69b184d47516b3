import { type Clock, type Issue, NoSlot, type RateTable } from "../ports.ts";

/** How late after its slot a call may still be made. Later the slot is void. */
const latestMs = 12;
/**
 * The slots of a second are spread over this much more time: 12 ms that a call may be late, and 18 ms by which its way to STS may
 * differ from another's. So there is no second, wherever it begins, with more calls than are allowed, and 97 % of them can be made.
 */
const stretchMs = 30;
/** How long before its slot an entry is claimed: the table answers within that time, and no caller waits long for a claim. */
const claimAheadMs = 100;
/** How long a warmer with a claim waits for another slot, if the table answered too late for its own. */
const claimedPatienceMs = 500;

interface StsBudgetPorts {
  table: RateTable;
  /** Calls to STS that all warmers together may make in any second. */
  stsCallsPerSecond: number;
  clock: Clock;
}

/** A warmer's work on one entry, which waits for its slot. */
interface Waiter {
  until: number;
  atOnce: number;
  resolve(isNear: boolean): void;
  reject(fault: unknown): void;
}

export type StsBudget = ReturnType<typeof createStsBudget>;

/**
 * The warmers' share of STS, whose quota belongs to everything in the account and region. Its slots are evenly spaced,
 * reserved in the table by each warmer that needs some, and each is good for one call at its time.
 *
 * A warmer whose clock is ahead moves the slots ahead for all: the others wait for them, or leave what is due to the
 * next run. So a skewed clock, or a row that something has set far ahead, costs time and never fails anything.
 *
 * @example
 * const budget = createStsBudget({ table: createRateTable(dynamodb, "keyvend-prod"), stsCallsPerSecond: 100, clock });
 * const { renew } = createIssueOnce({ ...ports, issue: budget.paced(issue) });
 * if (await budget.approach(until)) await renew(entry, request, warrant);
 */
export function createStsBudget({ table, stsCallsPerSecond, clock }: StsBudgetPorts) {
  const slotMs = (1_000 + stretchMs) / stsCallsPerSecond;
  /** A quarter of a second: few writes to the table, and little is lost where a pass ends. */
  const batch = Math.ceil(stsCallsPerSecond / 4);
  /** Slots that are reserved for this warmer. */
  const free: number[] = [];
  /** Slots for which a waiter has been let in. Any waiter may take any of them. */
  const near: number[] = [];
  const waiting: Waiter[] = [];
  let isLettingIn = false;
  let reserving: Promise<void> | undefined;
  let tableTookMs = 0;
  /** No slot before this time is free, or will be: slots only move ahead. Epoch milliseconds. */
  let noneBefore = 0;

  const isVoid = (slot: number) => clock.now() > slot + latestMs;

  async function sleepUntil(time: number): Promise<void> {
    const milliseconds = Math.ceil(time - clock.now());
    if (milliseconds > 0) await clock.sleep(milliseconds);
  }

  async function reserve(slots: number, until: number): Promise<void> {
    const began = clock.now();
    // Slots from now on would be void before the table answers.
    const first = await table.reserve(slotMs, slots, began + tableTookMs, until);
    tableTookMs = clock.now() - began;
    if (first === undefined) noneBefore = until;
    else for (let slot = 0; slot < slots; slot++) free.push(first + slot * slotMs);
  }

  /** The next slot; `undefined` when that is not before `until`. One reservation at a time serves all. */
  async function take(until: number, atOnce: number): Promise<number | undefined> {
    for (;;) {
      const [slot] = free;
      if (slot === undefined) {
        if (until <= noneBefore) return undefined;
        reserving ??= reserve(atOnce, until).finally(() => {
          reserving = undefined;
        });
        await reserving;
      } else if (slot >= until) {
        return undefined;
      } else {
        free.shift();
        if (!isVoid(slot)) return slot;
      }
    }
  }

  /** Lets the waiters in, one at each slot. */
  async function letIn(): Promise<void> {
    if (isLettingIn) return;
    isLettingIn = true;
    try {
      for (let [first] = waiting; first !== undefined; [first] = waiting) {
        const slot = await take(first.until, first.atOnce);
        if (slot !== undefined) {
          await sleepUntil(slot - claimAheadMs);
          near.push(slot);
        }
        waiting.shift()?.resolve(slot !== undefined);
      }
    } catch (fault) {
      for (const { reject } of waiting.splice(0)) reject(fault);
    } finally {
      isLettingIn = false;
    }
  }

  /** Another slot for a waiter that has claimed its entry, before `until`. */
  async function takeSoon(until: number): Promise<number> {
    // A table that is slow, too, is waited for until then at most.
    const taking = Promise.race([take(until, 1), clock.sleep(until - clock.now())]);
    const slot = await taking.catch((fault: unknown) => {
      throw new NoSlot("The warmers' rate could not be had.", { cause: fault });
    });
    if (slot === undefined) throw new NoSlot("The warmers' calls to STS are used up.");
    return slot;
  }

  /** Returns at a slot, or a little later. */
  async function turn(): Promise<void> {
    const until = clock.now() + claimedPatienceMs;
    for (;;) {
      const slot = near.shift() ?? (await takeSoon(until));
      await sleepUntil(slot);
      if (!isVoid(slot)) return;
    }
  }

  return {
    /**
     * Waits until it is time to claim the entry that is to be issued at the next slot. False if that time is not before
     * `until`, in epoch milliseconds; no later slot will be either.
     *
     * @param atOnce how many slots are reserved when none is left; unused ones are lost to all warmers
     * @throws (the promise) TableUnreachable
     */
    approach(until: number, atOnce = batch): Promise<boolean> {
      return new Promise((resolve, reject) => {
        waiting.push({ until, atOnce, resolve, reject });
        void letIn();
      });
    },

    /** For a waiter that was let in and has nothing to issue after all: the next one takes its slot. */
    stepBack(): void {
      if (near.length > 0) waiting.shift()?.resolve(true);
    },

    /**
     * Asks STS at slots only: a call that is made late, whatever its claim or reading its long-term key took, would meet
     * the next ones. Throws (the promise) `NoSlot` where there is none soon.
     */
    paced(issue: Issue): Issue {
      return (request, options) => issue(request, { ...options, turn });
    },
  };
}
