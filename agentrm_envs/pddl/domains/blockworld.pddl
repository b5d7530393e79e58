; One arm moves blocks between the table and the tops of towers.
; Predicate and action names are AgentBoard's, because texts and prompts use them.
(define (domain block-towers)
  (:requirements :strips)
  (:predicates
    (on ?upper ?lower)
    (on-table ?block)
    (clear ?block)             ; nothing lies on the block
    (holding ?block)
    (arm-empty))

  (:action unstack
    :parameters (?upper ?lower)
    :precondition (and (arm-empty) (clear ?upper) (on ?upper ?lower))
    :effect (and (not (arm-empty)) (not (clear ?upper)) (not (on ?upper ?lower))
                 (clear ?lower) (holding ?upper)))

  (:action stack
    :parameters (?upper ?lower)
    :precondition (and (holding ?upper) (clear ?lower))
    :effect (and (not (holding ?upper)) (not (clear ?lower))
                 (on ?upper ?lower) (clear ?upper) (arm-empty)))

  (:action pickup
    :parameters (?block)
    :precondition (and (arm-empty) (on-table ?block) (clear ?block))
    :effect (and (not (arm-empty)) (not (on-table ?block)) (not (clear ?block))
                 (holding ?block)))

  (:action putdown
    :parameters (?block)
    :precondition (holding ?block)
    :effect (and (not (holding ?block)) (on-table ?block) (clear ?block) (arm-empty))))
