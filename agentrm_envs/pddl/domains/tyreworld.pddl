; Changing a wheel: tools from the boot, nuts, a jack, and the spare wheel pumped up.
; Predicate and action names are AgentBoard's, because texts and prompts use them.
(define (domain tyre-change)
  (:requirements :strips :typing)
  (:types
    hub container obj - object
    nut wheel tool - obj)
  (:constants jack pump wrench - tool)
  (:predicates
    (have ?thing - obj)
    (in ?thing - obj ?place - container)
    (unlocked ?place - container)
    (closed ?place - container)
    (isopen ?place - container)
    (on-ground ?hub - hub)
    (not-on-ground ?hub - hub)
    (fastened ?hub - hub)
    (unfastened ?hub - hub)
    (free ?hub - hub)
    (on ?wheel - wheel ?hub - hub)
    (tight ?nut - nut ?hub - hub)
    (loose ?nut - nut ?hub - hub)
    (intact ?wheel - wheel)
    (inflated ?wheel - wheel)
    (not-inflated ?wheel - wheel))

  ; the boot
  (:action open
    :parameters (?place - container)
    :precondition (and (closed ?place) (unlocked ?place))
    :effect (and (not (closed ?place)) (isopen ?place)))
  (:action close
    :parameters (?place - container)
    :precondition (isopen ?place)
    :effect (and (not (isopen ?place)) (closed ?place)))
  (:action fetch
    :parameters (?thing - obj ?place - container)
    :precondition (and (isopen ?place) (in ?thing ?place))
    :effect (and (not (in ?thing ?place)) (have ?thing)))
  (:action put-away
    :parameters (?thing - obj ?place - container)
    :precondition (and (isopen ?place) (have ?thing))
    :effect (and (not (have ?thing)) (in ?thing ?place)))

  ; nuts: turned on the ground, taken off and put on in the air
  (:action loosen
    :parameters (?nut - nut ?hub - hub)
    :precondition (and (tight ?nut ?hub) (on-ground ?hub) (have wrench))
    :effect (and (not (tight ?nut ?hub)) (loose ?nut ?hub)))
  (:action tighten
    :parameters (?nut - nut ?hub - hub)
    :precondition (and (loose ?nut ?hub) (on-ground ?hub) (have wrench))
    :effect (and (not (loose ?nut ?hub)) (tight ?nut ?hub)))
  (:action undo
    :parameters (?nut - nut ?hub - hub)
    :precondition (and (loose ?nut ?hub) (fastened ?hub) (not-on-ground ?hub) (have wrench))
    :effect (and (not (loose ?nut ?hub)) (not (fastened ?hub)) (unfastened ?hub) (have ?nut)))
  (:action do-up
    :parameters (?nut - nut ?hub - hub)
    :precondition (and (have ?nut) (unfastened ?hub) (not-on-ground ?hub) (have wrench))
    :effect (and (not (have ?nut)) (not (unfastened ?hub)) (fastened ?hub) (loose ?nut ?hub)))

  ; the jack stays under the hub
  (:action jack-up
    :parameters (?hub - hub)
    :precondition (and (on-ground ?hub) (have jack))
    :effect (and (not (on-ground ?hub)) (not (have jack)) (not-on-ground ?hub)))
  (:action jack-down
    :parameters (?hub - hub)
    :precondition (not-on-ground ?hub)
    :effect (and (not (not-on-ground ?hub)) (on-ground ?hub) (have jack)))

  ; wheels
  (:action remove-wheel
    :parameters (?wheel - wheel ?hub - hub)
    :precondition (and (on ?wheel ?hub) (unfastened ?hub) (not-on-ground ?hub))
    :effect (and (not (on ?wheel ?hub)) (have ?wheel) (free ?hub)))
  (:action put-on-wheel
    :parameters (?wheel - wheel ?hub - hub)
    :precondition (and (have ?wheel) (free ?hub) (unfastened ?hub) (not-on-ground ?hub))
    :effect (and (not (have ?wheel)) (not (free ?hub)) (on ?wheel ?hub)))
  (:action inflate
    :parameters (?wheel - wheel)
    :precondition (and (have pump) (intact ?wheel) (not-inflated ?wheel))
    :effect (and (not (not-inflated ?wheel)) (inflated ?wheel))))
