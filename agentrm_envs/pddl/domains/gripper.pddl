; A robot with two grippers carries balls from room to room.
; Predicate and action names are AgentBoard's, because texts and prompts use them.
(define (domain gripper-rooms)
  (:requirements :strips)
  (:predicates
    (at-robby ?place)          ; the robot is in a room
    (at ?item ?place)          ; a ball lies in a room
    (carry ?item ?hand)        ; a gripper holds a ball
    (free ?hand)
    (ball ?item) (room ?place) (gripper ?hand))

  (:action pick
    :parameters (?item ?place ?hand)
    :precondition (and (at-robby ?place) (at ?item ?place) (free ?hand)
                       (room ?place) (ball ?item) (gripper ?hand))
    :effect (and (not (free ?hand)) (not (at ?item ?place)) (carry ?item ?hand)))

  (:action drop
    :parameters (?item ?place ?hand)
    :precondition (and (carry ?item ?hand) (at-robby ?place)
                       (room ?place) (ball ?item) (gripper ?hand))
    :effect (and (not (carry ?item ?hand)) (free ?hand) (at ?item ?place)))

  (:action move
    :parameters (?here ?there)
    :precondition (and (at-robby ?here) (room ?here) (room ?there))
    :effect (and (not (at-robby ?here)) (at-robby ?there))))
