//! The protocol: what can happen in a state, and what state that leads to.

mod commands;
mod environment;
mod save;
mod trace;
mod work;

use domain::{Route, State};

use super::bounds::Bounds;
use super::explorer::Model;
use super::meta::{Meta, View};
use super::migrations::{Due, Input, MigrationRef, Migrations, Next};
use super::mutations::Mutation;
use super::properties::{Properties, Property};
use super::step::Step;
use super::store::{LEASE, Leased, Store};
use super::worker::{Doing, Worker};
use super::world::World;

/// The protocol within its bounds.
pub struct Protocol {
    pub bounds: Bounds,
    pub watched: Properties,
    pub migrations: Migrations,
}

type Steps = Vec<(Step, World)>;

impl Protocol {
    pub fn new(bounds: Bounds, watched: &[Property]) -> Self {
        Self {
            bounds,
            watched: Properties::of(watched),
            migrations: Migrations::new(bounds.limits),
        }
    }

    fn has(&self, mutation: Mutation) -> bool {
        self.bounds.mutation == Some(mutation)
    }

    /// The migration after this input, and after everything that time alone changes then.
    fn after(&mut self, it: MigrationRef, input: Input) -> MigrationRef {
        let mut it = self.migrations.after(it, input).unwrap_or(it);
        while self.migrations.summary(it).next == Next::Elapse {
            it = self.migrations.after(it, Input::Elapse).unwrap();
        }
        it
    }

    /// The row as a worker reads it.
    fn load(&mut self, store: &Store) -> MigrationRef {
        self.after(store.row, Input::Loaded(store.counts))
    }

    /// A lease that has ended is deleted by another worker, and one that was given up by its own
    /// process; its row is released.
    fn ends_of_leases(&self, world: &World, steps: &mut Steps) {
        if self.has(Mutation::EndedByNone) {
            return;
        }
        let mut to = *world;
        if world.store.has_ended() {
            to.store.release_ended();
            if self.has(Mutation::EndedInTwoSteps) {
                to.store.leased = world.store.leased;
            }
            steps.push((Step::ReleaseEnded, to));
        } else if let Leased::ToFormer(_) = world.store.leased {
            to.store.release_ended();
            steps.push((Step::Leave, to));
        }
    }

    /// The same state in its one form.
    fn normal(&self, mut world: World) -> World {
        if let Some(broken) = self.broken_rest(&world) {
            world.broken.add(broken);
        }
        for index in [0, 1] {
            let at = usize::from(index);
            let Some(worker) = &mut world.workers[at] else {
                continue;
            };
            if !self.bounds.late_renewals && worker.renewal == Some(0) {
                worker.renewal = None;
                worker.deadline = LEASE;
            }
            if world.store.leased == Leased::To(index) || !self.bounds.reduced {
                continue;
            }
            // It lost its lease, so it cannot save: what it holds in memory has no effect, but for
            // the call that it is about to make.
            match worker.doing {
                Doing::Calling(_) => {
                    worker.copy = world.store.row;
                    worker.is_current = false;
                    worker.has_confirmed = false;
                    worker.outcome = None;
                }
                _ if self.has(Mutation::LeaseNotChecked) => {}
                Doing::Deciding | Doing::Awaiting => {
                    world.stop(index);
                }
            }
        }
        world.meta.calls.sort_unstable();
        if self.bounds.reduced {
            world.min(world.exchanged())
        } else {
            world
        }
    }

    /// What does not hold in the state itself.
    fn broken_rest(&self, world: &World) -> Option<Property> {
        let store = &world.store;
        let summary = self.migrations.summary(store.row);
        let moved = world.meta.shows.connected;
        if matches!(summary.state, State::Canceled | State::Expired) && moved {
            return Some(Property::EndIsFinal);
        }
        let is_live = !summary.state.is_terminal();
        let held = match store.leased {
            Leased::No => {
                let waits = summary.state != State::Running || summary.budget_spent;
                store.due == Due::Never || (store.due == Due::Far && !waits)
            }
            Leased::To(worker) => store.leases[usize::from(worker)].is_none(),
            Leased::ToFormer(_) => false,
        };
        (is_live && held).then_some(Property::NothingIsForgotten)
    }
}

impl Model for Protocol {
    type State = World;
    type Step = Step;
    type Property = Property;

    fn initial(&mut self) -> World {
        let row = self.migrations.accept(self.bounds.route);
        let is_added = self.bounds.route == Route::AddedNumber;
        self.normal(World {
            store: Store {
                row,
                due: Due::In(0),
                leased: Leased::No,
                leases: [None; 2],
                counts: [0; 3],
            },
            workers: [None; 2],
            meta: Meta {
                shows: View {
                    subscribed: self.bounds.subscribed,
                    added: is_added,
                    verified: is_added,
                    connected: false,
                },
                ..Meta::default()
            },
            left: self.bounds.left,
            broken: Properties::default(),
        })
    }

    fn steps(&mut self, world: &World, steps: &mut Steps) {
        let mut world = *world;
        world.broken = Properties::default();
        let world = &world;
        for index in [0, 1] {
            if let Some(worker) = world.workers[usize::from(index)] {
                self.worker_steps(world, index, worker, steps);
            }
        }
        if let Some(worker) = world.idle().filter(|_| world.is_claimable()) {
            for left in 1..=LEASE {
                let mut to = *world;
                to.store.lease_to(worker, left);
                let copy = self.load(&to.store);
                to.workers[usize::from(worker)] = Some(Worker::new(copy, left));
                steps.push((Step::Lease { worker, left }, to));
            }
        }
        self.ends_of_leases(world, steps);
        Self::meta_steps(world, steps);
        self.commands(world, steps);
        steps.extend(self.tick(world).map(|to| (Step::Tick, to)));
        steps.extend(self.window(world).map(|to| (Step::Window, to)));
        if world.left.expiries > 0 {
            steps.push((Step::Expiry, self.expiry(world)));
        }
        for (_, to) in steps.iter_mut() {
            *to = self.normal(*to);
        }
        steps.retain(|(_, to)| to != world);
    }

    fn violated(&self, world: &World) -> Option<Property> {
        world.broken.first_of(self.watched)
    }

    fn end(&self, world: &World) -> Option<&'static str> {
        let state = self.migrations.summary(world.store.row).state;
        state.is_terminal().then(|| state.as_str())
    }

    fn is_expected(step: Step) -> bool {
        step.is_expected()
    }

    fn can_end() -> Property {
        Property::EveryMigrationCanEnd
    }

    fn describe(&self, world: &World) -> String {
        self.line(world)
    }
}
